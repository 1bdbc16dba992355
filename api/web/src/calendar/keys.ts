// What the keys do while the calendar has the focus.

import { desk, ZOOMS } from '../lib/desk.svelte';
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
    case 'ArrowUp': return () => (shift ? desk.toBooking(-1, 0) : desk.moveCursor(-1, 0));
    case 'ArrowDown': return () => (shift ? desk.toBooking(1, 0) : desk.moveCursor(1, 0));
    case 'ArrowLeft': return () => (shift ? desk.toBooking(0, -1) : desk.moveCursor(0, -1, fine));
    case 'ArrowRight': return () => (shift ? desk.toBooking(0, 1) : desk.moveCursor(0, 1, fine));
    case 'PageUp': return () => (shift ? desk.go(-1) : desk.moveCursor(-10, 0));
    case 'PageDown': return () => (shift ? desk.go(1) : desk.moveCursor(10, 0));
    case 'Home': return () => edge(false);
    case 'End': return () => edge(true);
    default: return null;
  }
}

/** To where the resource opens on the day of the cursor, or to its last time. */
function edge(last: boolean): void {
  if (!desk.cursor) return desk.toNow();
  const row = desk.byKey.get(desk.cursor.resource);
  const segment = desk.axis.segments.find((s) => s.start <= desk.cursor!.at && desk.cursor!.at < s.end) ?? desk.axis.segments[0];
  const open = (row?.open ?? []).filter((o) => o.start < segment.end && segment.start < o.end);
  const at = last
    ? Math.min(segment.end, open[open.length - 1]?.end ?? segment.end) - desk.step
    : Math.max(segment.start, open[0]?.start ?? segment.start);
  desk.cursor = { resource: desk.cursor.resource, at: instantOf(desk.zone, desk.dateAt(at), wallMinutes(desk.zone, at)) };
  desk.tell();
}

function command(key: string): (() => void) | null {
  const piece = desk.under();
  switch (key) {
    case 'b': case 'B': return () => desk.book();
    case 'Enter': return () => {
      const row = desk.cursor && desk.byKey.get(desk.cursor.resource);
      if (row?.shared) desk.panel = { kind: 'who', resource: row.key, at: desk.cursor!.at };
      else if (piece) void desk.openOrder(piece.entry.order, piece.entry.booking);
      else desk.say(`${row?.resource.name ?? ''} ${clockOf(desk.zone, desk.cursor?.at ?? 0)}`.trim());
    };
    case 'm': case 'M': return piece ? () => moving.lift(piece) : null;
    case 'l': case 'L': return piece ? () => acts.onBooking(piece, 'lock') : null;
    case 'x': case 'X': return piece ? () => acts.onBooking(piece, 'cancel') : null;
    case 'p': case 'P': return piece ? () => acts.onBooking(piece, 'participants') : null;
    case 'q': case 'Q': return piece ? () => acts.onBooking(piece, 'quantity') : null;
    case 'z': case 'Z': return desk.order || piece ? () => acts.undo(piece) : null;
    case '+': return () => { desk.zoom = Math.min(ZOOMS.length - 1, desk.zoom + 1); desk.keep(); };
    case '-': return () => { desk.zoom = Math.max(0, desk.zoom - 1); desk.keep(); };
    case 'Escape': return desk.panel.kind !== 'day' ? () => desk.closePanel() : null;
    default: return null;
  }
}
