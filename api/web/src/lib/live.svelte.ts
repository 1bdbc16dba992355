// Changes made elsewhere: the calendar follows within a second, and what somebody else changed flashes once.

import * as api from './api';
import { calendar } from './calendar.svelte';
import { desk } from './desk.svelte';
import { house } from './house.svelte';
import { session } from './session.svelte';
import { follow, type Happening } from './stream';
import { minutesOf } from './time';
import type { Order, Version } from './types';
import { t } from './words.svelte';

export type State = 'connecting' | 'live' | 'offline' | 'none';
const GATHERED = 60; // milliseconds: events that come together are read together
const OWN_ANSWER = 250; // by then the answer to a change of our own is there
const FLASH = 1600;

class Live {
  state = $state<State>('connecting');
  /** When the calendar was last read, in milliseconds. */
  asOf = $state(0);
  flashing = $state.raw<ReadonlySet<string>>(new Set());
  #unfollow = (): void => {};
  #reload: ReturnType<typeof setTimeout> | undefined;
  #own = new Set<string>();
  #event = 0;

  start(): void {
    this.state = 'connecting';
    this.#unfollow = follow(house.venue!.key, {
      after: () => this.#event,
      connected: () => {
        const wasAway = this.state === 'offline';
        this.state = 'live';
        if (wasAway) { void calendar.load(); if (desk.order) void desk.readOrder(desk.order.id); }
      },
      lost: () => (this.state = 'offline'),
      refused: () => session.forget(),
      heard: (events) => this.#heard(events),
    });
  }
  stop(): void {
    this.#unfollow();
    this.#unfollow = () => {};
    this.#event = 0;
  }
  lost(): void {
    if (this.state !== 'none') this.state = 'offline';
  }
  caughtUp(event: number): void {
    this.#event = Math.max(this.#event, event);
    this.asOf = Date.now();
  }
  /** A change of our own does not flash. */
  own(order: Order): void {
    this.#own.add(`${order.id}/${order.version}`);
  }

  #heard(events: Happening[]): void {
    const span = [minutesOf(calendar.data?.start ?? ''), minutesOf(calendar.data?.end ?? '')];
    const foreign = new Set<string>();
    let touched = false;
    for (const event of events) {
      this.#event = Math.max(this.#event, event.id);
      if (event.kind === 'catalog') void house.readCatalog();
      if (event.from === undefined || event.to === undefined || (event.from < span[1] && span[0] <= event.to)) touched = true;
      if (event.order && !this.#own.has(`${event.order}/${event.version}`)) foreign.add(event.order);
    }
    for (const id of foreign) if (desk.order?.id === id) void desk.readOrder(id);
    if (!touched) return;
    clearTimeout(this.#reload);
    this.#reload = setTimeout(async () => {
      await calendar.load();
      await new Promise((done) => setTimeout(done, OWN_ANSWER));
      for (const event of events) if (event.order && this.#own.has(`${event.order}/${event.version}`)) foreign.delete(event.order);
      if (foreign.size) this.#flash(foreign);
    }, GATHERED);
  }

  #flash(orders: Set<string>): void {
    this.flashing = new Set([...this.flashing, ...orders]);
    setTimeout(() => (this.flashing = new Set([...this.flashing].filter((id) => !orders.has(id)))), FLASH);
    const id = [...orders].at(-1)!;
    const entry = calendar.data?.entries.find((e) => e.order === id);
    if (orders.size > 3 || !entry) return;
    void api.get<{ items: Version[] }>(`/orders/${id}/history`).then(({ items }) => {
      const last = items.at(-1);
      if (last) desk.say(t('{who}: #{number} {customer} · {what}', { who: last.by || t(last.role), number: entry.number, customer: entry.customer, what: last.what }));
    }, () => {});
  }
}

export const live = new Live();
