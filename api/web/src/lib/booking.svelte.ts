// An order in the making: what has been said so far, and how it would be placed.

import * as api from './api';
import { Refused } from './api';
import { Asking } from './asking';
import { desk, focusCalendar, outlinesOf } from './desk.svelte';
import { calendar } from './calendar.svelte';
import { cursor } from './cursor.svelte';
import { house } from './house.svelte';
import { live } from './live.svelte';
import { instantOf, isoOf, wallMinutes } from './time';
import type { Alternative, Customer, Order, Product } from './types';
import { t } from './words.svelte';

export interface NewCustomer { name: string; email: string; phone: string }
export interface Adjusted { quantity?: number; start?: string; message?: string }

class Draft {
  customer = $state<Customer | null>(null);
  fresh = $state<NewCustomer | null>(null);
  product = $state.raw<Product | null>(null);
  participants = $state(1);
  at = $state(0);
  resource = $state<string | null>(null);
  adjusted = $state<Record<string, Adjusted>>({});
  note = $state('');
  hold = $state<number | null>(null);
  override = $state<string[]>([]);
  names = $state<string[]>([]);

  answer = $state.raw<Order | null>(null);
  refused = $state.raw<Refused | null>(null);
  busy = $state(false);
  booking = $state(false);
  #asking = new Asking<Order>(140);

  begin(given: { resource: string | null; at: number; customer?: Customer; package?: string; participants?: number }): void {
    this.leave();
    Object.assign(this, {
      customer: given.customer ?? null, fresh: null, product: given.package ? (house.product(given.package) ?? null) : null,
      participants: given.participants ?? 1, at: given.at, resource: given.resource, adjusted: {}, note: '', hold: null, override: [], names: [],
    });
    if (this.product) this.ask();
  }

  /** The row that B was pressed on, where what is booked uses it. */
  get usable(): string | null {
    return this.resource && this.product && uses(this.product, this.resource) ? this.resource : null;
  }

  get body(): Record<string, unknown> {
    const product = this.product!;
    const components = Object.entries(this.adjusted)
      .filter(([, a]) => Object.keys(a).length)
      .map(([component, a]) => ({ component, ...a }));
    const body: Record<string, unknown> = {
      [product.kind === 'package' ? 'package' : 'product']: product.key, participants: this.participants, start: isoOf(this.at),
    };
    if (this.usable) body.resource = this.usable;
    if (components.length) body.components = components;
    if (this.names.some(Boolean)) body.guests = this.names.slice(0, this.participants).map((name) => ({ name }));
    if (this.customer) body.customer = this.customer.id;
    else if (this.fresh) body.customer = { ...this.fresh };
    if (this.note) body.note = this.note;
    if (this.hold) body.hold_minutes = this.hold;
    if (this.override.length) body.override = this.override;
    return body;
  }

  /** Places what is known so far, when the typing rests. */
  ask(): void {
    if (!this.product) return;
    const body = this.body;
    this.busy = true;
    this.#asking.ask(
      (signal) => api.preview<Order>('POST', `${house.path}/orders`, body, signal),
      (answer) => {
        Object.assign(this, { answer, refused: null, busy: false });
        desk.overlay = { outlines: outlinesOf(answer.bookings, (b) => house.productName(b.product)), refused: false, leaving: new Set() };
      },
      (error) => {
        this.busy = false;
        this.answer = null;
        this.refused = error instanceof Refused ? error : new Refused(0, 'failed', String(error));
        this.#showRefused();
      },
    );
  }

  #showRefused(): void {
    const minutes = this.product?.duration_minutes ?? 60;
    desk.overlay = this.resource === null ? null : {
      refused: true, leaving: new Set(),
      outlines: [{ id: 'asked', booking: '', resource: this.resource, start: this.at, end: this.at + minutes, heldFrom: this.at, heldTo: this.at + minutes, label: t('does not fit') }],
    };
  }

  get ready(): boolean {
    return this.answer !== null && !this.busy && !this.booking;
  }

  startAt(at: number): void {
    this.at = at;
    const date = house.dateAt(at);
    if (!calendar.axis.segments.some((s) => s.date === date)) calendar.show(date);
    if (this.resource) cursor.place = { resource: this.resource, at };
    this.ask();
  }
  startOn(date: string): void {
    this.startAt(instantOf(house.zone, date, wallMinutes(house.zone, this.at)));
  }

  adjust(component: string, change: Adjusted): void {
    const next = { ...this.adjusted[component], ...change };
    for (const [name, value] of Object.entries(next)) if (value === undefined || value === '') delete next[name as keyof Adjusted];
    this.adjusted = { ...this.adjusted, [component]: next };
    this.ask();
  }

  take(alternative: Alternative): void {
    if (alternative.rule) { this.override = [...this.override, alternative.rule]; this.ask(); }
    else if (alternative.start) this.startAt(Date.parse(alternative.start) / 60_000);
  }

  /** Books exactly what the preview shows. */
  async book(): Promise<void> {
    if (!this.ready || !this.answer) return;
    this.booking = true;
    try {
      const order = await api.change<Order>('POST', `${house.path}/orders`, { ...this.body, plan: this.answer.plan });
      live.own(order);
      this.leave();
      await desk.openOrder(order.id);
      desk.changed(order);
      desk.say(t('Booked: #{number} {name}', { number: order.number ?? '', name: order.customer?.name ?? '' }));
      document.getElementById('panel')?.focus();
    } catch (error) {
      if (error instanceof Refused && error.code === 'plan_outdated') {
        desk.say(t('Somebody was faster: this is how it can be placed now.'));
        this.ask();
      } else {
        this.refused = error instanceof Refused ? error : new Refused(0, 'failed', String(error));
        this.answer = null;
        this.#showRefused();
      }
    } finally {
      this.booking = false;
    }
  }

  leave(): void {
    this.#asking.stop();
    Object.assign(this, { answer: null, refused: null, busy: false, booking: false });
    desk.overlay = null;
  }
  giveUp(): void {
    this.leave();
    desk.panel = { kind: 'day' };
    focusCalendar();
  }
}

export const draft = new Draft();

/** Every product of a package, or the product itself. */
export function productsOf(product: Product): Product[] {
  if (product.kind !== 'package') return [product];
  return (product.components ?? []).flatMap((c) => (c.product ? [c.product] : (c.choices ?? []))).flatMap((key) => house.product(key) ?? []);
}

export function uses(product: Product, resource: string): boolean {
  const pools = calendar.byKey.get(resource)?.resource.pools ?? [];
  return productsOf(product).some((p) => (p.needs ?? []).some((n) => pools.includes(n.pool)));
}

/** What can be booked, what uses that row first. */
export function bookable(resource: string | null): Product[] {
  const all = [...house.products.values()].filter(
    (p) => p.sold_to_customers !== false && ((p.kind === 'package' && (p.fulfilment ?? 'booked') === 'booked') || p.kind === 'service'),
  );
  const rank = (p: Product): number => (resource && !uses(p, resource) ? 2 : 0) + (p.kind === 'package' ? 0 : 1);
  return all.map((p, n) => ({ p, n })).sort((a, b) => rank(a.p) - rank(b.p) || a.n - b.n).map(({ p }) => p);
}
