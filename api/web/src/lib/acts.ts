// What can be done to an order or one of its bookings: each asks first what it would change.

import * as api from './api';
import { Refused } from './api';
import { desk } from './desk.svelte';
import { house } from './house.svelte';
import { session } from './session.svelte';
import { editing, type Edit } from './editing.svelte';
import type { Piece } from './geometry';
import { proposal, type Asked } from './proposal.svelte';
import type { Booking, Order } from './types';
import { t } from './words.svelte';

type Act = 'participants' | 'quantity' | 'length' | 'lock' | 'cancel' | 'message' | 'time';

/** On what the calendar's cursor stands on: opens its order first. */
export async function onBooking(piece: Piece, act: Act): Promise<void> {
  if (desk.order?.id !== piece.entry.order) await desk.openOrder(piece.entry.order, piece.entry.booking);
  desk.chosen = piece.entry.booking;
  const booking = desk.order?.bookings.find((b) => b.id === piece.entry.booking);
  if (desk.order && booking) await onOrder(desk.order, booking, act);
}

export async function onOrder(order: Order, booking: Booking | null, act: Act): Promise<void> {
  if (!session.mayBook) return desk.say(t('Only reception and managers may change orders.'));
  if (order.status === 'cancelled') return desk.say(t('This order is cancelled. Undo brings it back.'));
  if (act === 'lock') return booking ? lock(order, booking) : undefined;
  if (act === 'cancel') return cancel(order, booking);
  const edit: Edit | null = act === 'participants' ? { kind: 'participants', line: booking?.line ?? order.lines[0].id } : booking && { kind: act, booking: booking.id };
  if (edit) editing.begin(edit);
}

function cancel(order: Order, booking: Booking | null): void {
  const isLast = order.bookings.filter((b) => b.status !== 'cancelled').length <= 1;
  proposal.ask(
    booking && !isLast
      ? asked(order, t('Cancel {what}', { what: house.productName(booking.product) }), 'POST', `/bookings/${booking.id}/cancel`)
      : asked(order, t('Cancel the whole order'), 'POST', `/orders/${order.id}/cancel`),
  );
}

export function cancelAll(order: Order): void {
  proposal.ask(asked(order, t('Cancel the whole order'), 'POST', `/orders/${order.id}/cancel`));
}

async function lock(order: Order, booking: Booking): Promise<void> {
  const locked = !booking.locked;
  await direct(order, `/bookings/${booking.id}`, { locked }, locked ? t('locked') : t('unlocked'));
}

/** Changes that move nothing: messages, notes, locks. */
export async function direct(order: Order, path: string, body: Record<string, unknown>, what: string): Promise<boolean> {
  try {
    desk.changed(await api.change<Order>('PATCH', path, body, order.version));
    desk.say(t('Done: {what}', { what }));
    return true;
  } catch (error) {
    desk.say(error instanceof Refused ? error.message : String(error));
    if (error instanceof Refused && error.status === 412) await desk.readOrder(order.id);
    return false;
  }
}

export async function undo(piece: Piece | null): Promise<void> {
  if (!desk.order && piece) await desk.openOrder(piece.entry.order, piece.entry.booking);
  const order = desk.order;
  if (!order || !session.mayBook) return;
  if (order.version <= 1) return desk.say(t('There is nothing to undo: the order is as it was booked.'));
  proposal.ask(asked(order, t('Undo the last change'), 'POST', `/orders/${order.id}/undo`));
}

export const confirm = (order: Order): void => proposal.ask(asked(order, t('Confirm the hold'), 'POST', `/orders/${order.id}/confirm`));

/** A line of an order with several is addressed by itself. */
export const linePath = (order: Order, line: string): string => (order.lines.length > 1 ? `/lines/${line}` : `/orders/${order.id}`);

export function participants(order: Order, line: string, n: number): void {
  const was = order.lines.find((l) => l.id === line)!.participants;
  proposal.ask(asked(order, t('{was} → {now} guests', { was, now: n }), 'PATCH', linePath(order, line), { participants: n }), 150);
}
export function quantity(order: Order, booking: Booking, n: number): void {
  proposal.ask(
    asked(order, t('{what}: {n}', { what: house.productName(booking.product), n }), 'PATCH', linePath(order, booking.line), {
      components: [{ component: booking.component, quantity: n }],
    }), 150,
  );
}
/** How long the sessions of the booking's component last. */
export function lasting(order: Order, booking: Booking, minutes: number): void {
  proposal.ask(
    asked(order, t('{what}: {n} minutes', { what: house.productName(booking.product), n: minutes }), 'PATCH', `/bookings/${booking.id}`, { duration_minutes: minutes }), 150,
  );
}
export function moveTo(order: Order, booking: Booking, body: Record<string, unknown>): void {
  proposal.ask(asked(order, t('Move {what}', { what: house.productName(booking.product) }), 'PATCH', `/bookings/${booking.id}`, body), 150);
}

export function asked(order: Order, title: string, method: 'PATCH' | 'POST', path: string, body: Record<string, unknown> = {}): Asked {
  return { title, method, path, body, version: order.version, order: order.id };
}
