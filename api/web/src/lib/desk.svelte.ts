// What is open at the desk: the panel and its order, a dialog, outlines over the calendar, what was said last.

import * as api from './api';
import { Refused } from './api';
import { calendar } from './calendar.svelte';
import { cursor } from './cursor.svelte';
import { snap } from './geometry';
import { house } from './house.svelte';
import { live } from './live.svelte';
import { session } from './session.svelte';
import { minutesOf } from './time';
import type { Booking, Customer, Order, Version } from './types';
import { t } from './words.svelte';

export type Panel =
  | { kind: 'day' }
  | { kind: 'order'; id: string }
  | { kind: 'book'; resource: string | null; at: number; package?: string; participants?: number; customer?: Customer }
  | { kind: 'customer'; customer: Customer }
  | { kind: 'sale'; id: string | null; customer: Customer | null }
  | { kind: 'plan' }
  | { kind: 'who'; resource: string; at: number };
export type Dialog = null | 'find' | 'keys' | 'ill' | 'sheets' | 'catalog';

/** What is drawn over the calendar as outlines: what would be, if what is asked about were done. */
export interface Outline { id: string; resource: string; start: number; end: number; heldFrom: number; heldTo: number; label: string; booking: string }
export interface Overlay { outlines: Outline[]; refused: boolean; leaving: ReadonlySet<string> }

const SAID_FOR = 8000; // milliseconds

class Desk {
  panel = $state<Panel>({ kind: 'day' });
  dialog = $state<Dialog>(null);
  overlay = $state.raw<Overlay | null>(null);
  /** The booking under the pointer, here or in the panel. */
  hot = $state<string | null>(null);
  /** The booking that the keys M, Q, L and X speak of. */
  chosen = $state<string | null>(null);
  order = $state.raw<Order | null>(null);
  history = $state.raw<Version[]>([]);
  orderFault = $state('');
  /** For screen readers; `note` is on the screen. */
  said = $state('');
  note = $state('');
  #noteTimer: ReturnType<typeof setTimeout> | undefined;

  start(): void {
    cursor.toNow();
    focusCalendar();
  }
  leave(): void {
    Object.assign(this, { order: null, panel: { kind: 'day' }, dialog: null, overlay: null, chosen: null, note: '' });
  }

  say(text: string): void {
    this.note = text;
    this.said = text;
    clearTimeout(this.#noteTimer);
    this.#noteTimer = setTimeout(() => (this.note = ''), SAID_FOR);
  }

  async openOrder(id: string, booking: string | null = null): Promise<void> {
    this.dialog = null;
    this.overlay = null;
    this.chosen = booking;
    this.panel = { kind: 'order', id };
    if (this.order?.id !== id) { this.order = null; this.history = []; }
    await this.readOrder(id);
  }

  async readOrder(id: string): Promise<void> {
    try {
      const [order, history] = await Promise.all([
        api.get<Order>(`/orders/${id}`),
        session.mayBook ? api.get<{ items: Version[] }>(`/orders/${id}/history`) : { items: [] },
      ]);
      if (this.panel.kind !== 'order' || this.panel.id !== id) return;
      this.order = order;
      this.history = history.items;
      this.orderFault = '';
    } catch (error) {
      this.orderFault = error instanceof Refused ? error.message : String(error);
    }
  }

  /** After a change of our own: it does not flash, and the calendar follows at once. */
  changed(order: Order): void {
    live.own(order);
    if (this.panel.kind === 'order' && this.panel.id === order.id) {
      this.order = order;
      void this.readOrder(order.id);
    }
    void calendar.load();
  }

  closePanel(): void {
    this.overlay = null;
    this.chosen = null;
    this.order = null;
    this.panel = { kind: 'day' };
    focusCalendar();
  }

  book(at: Partial<{ resource: string | null; at: number; package: string; participants: number; customer: Customer }> = {}): void {
    if (!session.mayBook) return this.say(t('Only reception and managers may book.'));
    this.dialog = null;
    this.overlay = null;
    const resource = at.resource === undefined ? (cursor.place?.resource ?? null) : at.resource;
    const start = at.at ?? cursor.place?.at ?? snap(house.zone, house.now + 30, 30);
    this.panel = { ...at, kind: 'book', resource, at: start };
  }

  planAnew(): void {
    if (!session.mayBook) return this.say(t('Only reception and managers may plan anew.'));
    this.dialog = null;
    this.overlay = null;
    this.panel = { kind: 'plan' };
  }

  sell(customer: Customer | null = null): void {
    if (!session.mayBook) return this.say(t('Only reception and managers may sell.'));
    this.dialog = null;
    this.overlay = null;
    this.panel = { kind: 'sale', id: null, customer };
  }
}

export const desk = new Desk();

/** Bookings that would be there, as outlines. */
export function outlinesOf(bookings: Booking[], label: (b: Booking) => string): Outline[] {
  return bookings.flatMap((b) =>
    b.start === null || b.status === 'cancelled' ? [] : b.allocations.map((a) => {
      const heldFrom = minutesOf(a.start), heldTo = minutesOf(a.end);
      return {
        id: `${b.id}@${a.resource}`, booking: b.id, resource: a.resource, heldFrom, heldTo, label: label(b),
        start: Math.max(minutesOf(b.start!), heldFrom), end: Math.min(minutesOf(b.end ?? a.end), heldTo),
      };
    }),
  );
}

export function focusCalendar(): void {
  requestAnimationFrame(() => document.getElementById('calendar')?.focus({ preventScroll: true }));
}
