// The keys that mean the same wherever the focus is, unless somebody types.

import * as acts from './acts';
import { draft } from './booking.svelte';
import { desk, focusCalendar } from './desk.svelte';
import { calendar } from './calendar.svelte';
import { house } from './house.svelte';
import { session } from './session.svelte';
import { editing } from './editing.svelte';
import { moving } from '../calendar/moving.svelte';
import { proposal } from './proposal.svelte';

export function globalKeys(event: KeyboardEvent): void {
  if (!house.venue || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  const target = event.target as HTMLElement;
  const types = target.closest('input:not([type="checkbox"]), textarea, select, [contenteditable]') !== null;
  if (event.key === 'Escape') return escape(event);
  if (types || desk.dialog) return;
  const act = table(event.key);
  if (!act) return;
  event.preventDefault();
  act();
}

function escape(event: KeyboardEvent): void {
  event.preventDefault();
  if (desk.dialog) { desk.dialog = null; if (desk.panel.kind !== 'book') focusCalendar(); }
  else if (moving.active || proposal.asked) { moving.drop(); editing.end(); proposal.back(); }
  else if (desk.panel.kind === 'book') draft.giveUp();
  else if (desk.panel.kind === 'plan') desk.closePanel();
  else if (document.activeElement?.id === 'calendar' || document.activeElement === document.body) desk.closePanel();
  else focusCalendar();
}

function table(key: string): (() => void) | null {
  const order = desk.panel.kind === 'order' ? desk.order : null;
  const booking = order?.bookings.find((b) => b.id === desk.chosen) ?? null;
  switch (key.toLowerCase()) {
    case 'b': return () => desk.book();
    case 's': return session.mayBook ? () => desk.sell() : null;
    case 'f': return () => (desk.dialog = 'find');
    case 'i': return session.mayBook ? () => (desk.dialog = 'ill') : null;
    case 'n': return session.mayBook ? () => desk.planAnew() : null;
    case 'j': case 'g': return () => document.getElementById('jump')?.click();
    case '/': return () => document.getElementById('search')?.focus();
    case '?': return () => (desk.dialog = 'keys');
    case 't': return () => calendar.toToday();
    case 'd': return () => calendar.setDays(1);
    case 'w': return () => calendar.setDays(7);
    case 'p': return order ? () => acts.onOrder(order, booking, 'participants') : null;
    case 'q': return order && booking ? () => acts.onOrder(order, booking, 'quantity') : null;
    case 'm': return order && booking ? () => acts.onOrder(order, booking, 'time') : null;
    case 'r': return order && booking ? () => acts.onOrder(order, booking, 'length') : null;
    case 'l': return order && booking ? () => acts.onOrder(order, booking, 'lock') : null;
    case 'x': return order ? () => acts.onOrder(order, booking, 'cancel') : null;
    case 'z': return order ? () => acts.undo(null) : null;
    default: return null;
  }
}
