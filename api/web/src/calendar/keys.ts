// What the keys do while the calendar has the focus.

import { desk } from '../lib/desk.svelte';

import { calendar, ZOOMS } from '../lib/calendar.svelte';

import { cursor } from '../lib/cursor.svelte';

import { house } from '../lib/house.svelte';
import { clockOf, instantOf, wallMinutes } from '../lib/time';
import { moving } from './moving.svelte';
import * as acts from '../lib/acts';

export function calendarKeys(event: KeyboardEvent): void {
  if (event.metaKey || event.altKey) return;
  if ((event.target as HTMLElement).closest('.menu, input')) return;
  if (moving.active && moving.keys(event)) return;
  const { key, shiftKey: shift, ctrlKey: fine } = event;
  const act = walk(key, shift, fine) ?? (fine ? null : command(key));
  if (!act) return;
  event.preventDefault();
  event.stopPropagation();
  act();
}

function walk(key: string, shift: boolean, fine: boolean): (() => void) | null {
  switch (key) {
    case 'ArrowUp': return () => (shift ? cursor.toBooking(-1, 0) : cursor.move(-1, 0));
    case 'ArrowDown': return () => (shift ? cursor.toBooking(1, 0) : cursor.move(1, 0));
    case 'ArrowLeft': return () => (shift ? cursor.toBooking(0, -1) : cursor.move(0, -1, fine));
    case 'ArrowRight': return () => (shift ? cursor.toBooking(0, 1) : cursor.move(0, 1, fine));
    case 'PageUp': return () => (shift ? calendar.go(-1) : cursor.move(-10, 0));
    case 'PageDown': return () => (shift ? calendar.go(1) : cursor.move(10, 0));
    case 'Home': return () => edge(false);
    case 'End': return () => edge(true);
    default: return null;
  }
}

/** To where the resource opens on the day of the cursor, or to its last time. */
function edge(last: boolean): void {
  if (!cursor.place) return cursor.toNow();
  const row = calendar.byKey.get(cursor.place.resource);
  const segment = calendar.axis.segments.find((s) => s.start <= cursor.place!.at && cursor.place!.at < s.end) ?? calendar.axis.segments[0];
  const open = (row?.open ?? []).filter((o) => o.start < segment.end && segment.start < o.end);
  const at = last
    ? Math.min(segment.end, open[open.length - 1]?.end ?? segment.end) - calendar.step
    : Math.max(segment.start, open[0]?.start ?? segment.start);
  cursor.place = { resource: cursor.place.resource, at: instantOf(house.zone, house.dateAt(at), wallMinutes(house.zone, at)) };
  cursor.tell();
}

function command(key: string): (() => void) | null {
  const piece = cursor.under();
  switch (key) {
    case 'b': case 'B': return () => desk.book();
    case 'Enter': return () => {
      const row = cursor.place && calendar.byKey.get(cursor.place.resource);
      if (row?.shared) desk.panel = { kind: 'who', resource: row.key, at: cursor.place!.at };
      else if (piece) void desk.openOrder(piece.entry.order, piece.entry.booking);
      else desk.say(`${row?.resource.name ?? ''} ${clockOf(house.zone, cursor.place?.at ?? 0)}`.trim());
    };
    case 'm': case 'M': return piece ? () => moving.lift(piece) : null;
    case 'r': case 'R': return piece ? () => moving.lift(piece, true) : null;
    case 'l': case 'L': return piece ? () => acts.onBooking(piece, 'lock') : null;
    case 'x': case 'X': return piece ? () => acts.onBooking(piece, 'cancel') : null;
    case 'p': case 'P': return piece ? () => acts.onBooking(piece, 'participants') : null;
    case 'q': case 'Q': return piece ? () => acts.onBooking(piece, 'quantity') : null;
    case 'z': case 'Z': return desk.order || piece ? () => acts.undo(piece) : null;
    case '+': return () => { calendar.zoom = Math.min(ZOOMS.length - 1, calendar.zoom + 1); calendar.keep(); };
    case '-': return () => { calendar.zoom = Math.max(0, calendar.zoom - 1); calendar.keep(); };
    case 'Escape': return desk.panel.kind !== 'day' ? () => desk.closePanel() : null;
    default: return null;
  }
}
