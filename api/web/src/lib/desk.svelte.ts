// What the whole page knows: who is at the desk, what is shown, where the cursor stands, what is open.

import * as api from './api';
import { Refused } from './api';
import { hoursOf, groupsOf } from './rows';
import { isDrawn, layout, makeAxis, snap, stepped, type Group, type Item, type Piece, type Row } from './geometry';
import { follow, type Happening } from './live';
import { addDays, clockOf, dateOf, instantOf, minutesOf, mondayOf } from './time';
import type { Booking, CalendarData, Catalog, Customer, Me, Order, Product, VenueName, Version } from './types';
import { t } from './words.svelte';

export type Panel =
  | { kind: 'day' }
  | { kind: 'order'; id: string }
  | { kind: 'book'; resource: string | null; at: number; package?: string; participants?: number; customer?: Customer }
  | { kind: 'customer'; customer: Customer }
  | { kind: 'who'; resource: string; at: number };
export type Dialog = null | 'find' | 'keys' | 'ill' | 'sheets' | 'catalog' | 'jump';
export type Live = 'connecting' | 'live' | 'offline' | 'none';

/** What is drawn over the calendar as outlines: what would be, if what is asked about were done. */
export interface Outline { id: string; resource: string; start: number; end: number; heldFrom: number; heldTo: number; label: string; booking: string }
export interface Overlay { outlines: Outline[]; refused: boolean; leaving: ReadonlySet<string> }

/** 0: all of the day at once, however small it gets. */
export const ZOOMS = [0, 1, 1.5, 2.2, 3.2, 4.5];
const LEGIBLE = { day: 66, week: 7 }; // pixels for an hour
const ROW = { desk: 44, tablet: 52 };
const SETTINGS = 'sojourn.desk';
interface Settings { days: number; zoom: number; whole: boolean; hidden: string[]; folded: string[]; venue: string }

class Desk {
  me = $state<Me | null>(null);
  venue = $state<VenueName | null>(null);
  catalog = $state.raw<Catalog | null>(null);
  data = $state.raw<CalendarData | null>(null);
  failed = $state<Refused | null>(null);
  signInFault = $state('');
  isLoading = $state(false);

  date = $state('');
  days = $state(1);
  zoom = $state(1);
  whole = $state(false);
  hidden = $state<string[]>([]);
  folded = $state<string[]>([]);
  words = $state('');
  width = $state(900);
  touch = $state(false);

  live = $state<Live>('connecting');
  asOf = $state(0);
  now = $state(Math.floor(Date.now() / 60_000));
  said = $state('');
  note = $state('');

  cursor = $state<{ resource: string; at: number } | null>(null);
  panel = $state<Panel>({ kind: 'day' });
  dialog = $state<Dialog>(null);
  overlay = $state.raw<Overlay | null>(null);
  /** The booking under the pointer, here or in the panel. */
  hot = $state<string | null>(null);
  /** The booking that the keys M, Q, L and X speak of. */
  chosen = $state<string | null>(null);
  flashing = $state.raw<ReadonlySet<string>>(new Set());
  order = $state.raw<Order | null>(null);
  history = $state.raw<Version[]>([]);
  orderFault = $state('');

  #unfollow = (): void => {};
  #loads = 0;
  #reload: ReturnType<typeof setTimeout> | undefined;
  #own = new Set<string>();
  #event = 0;
  #noteTimer: ReturnType<typeof setTimeout> | undefined;

  zone = $derived(this.venue?.time_zone ?? 'UTC');
  currency = $derived(this.venue?.currency ?? 'SEK');
  grid = $derived(this.data?.grid_minutes ?? 5);
  step = $derived(this.days > 1 ? 60 : Math.max(this.grid, 15));
  mayBook = $derived(['admin', 'manager', 'reception'].includes(this.me?.role ?? ''));
  mayManage = $derived(['admin', 'manager'].includes(this.me?.role ?? ''));
  first = $derived(this.days > 1 ? mondayOf(this.date) : this.date);
  hours = $derived<[number, number]>(this.whole ? [0, 1440] : hoursOf(this.catalog, Array.from({ length: this.days }, (_, n) => addDays(this.first, n))));
  scale = $derived.by(() => {
    const minutes = this.days * (this.hours[1] - this.hours[0]);
    const fitting = (this.width - 2) / minutes;
    const least = (this.days > 1 ? LEGIBLE.week : LEGIBLE.day) / 60;
    return this.zoom === 0 ? fitting : Math.max(least, fitting) * ZOOMS[this.zoom];
  });
  axis = $derived(makeAxis(this.zone, this.first, this.days, this.hours, this.scale));
  allGroups = $derived<Group[]>(this.data ? groupsOf(this.data, this.catalog, t) : []);
  groups = $derived.by(() => {
    const wanted = this.words.trim().toLowerCase();
    return this.allGroups
      .filter((g) => !this.hidden.includes(g.key))
      .map((g) => (wanted ? { ...g, rows: g.rows.filter((r) => `${r.resource.name} ${r.note} ${g.label}`.toLowerCase().includes(wanted)) } : g))
      .filter((g) => g.rows.length);
  });
  rowHeight = $derived(this.touch ? ROW.tablet : ROW.desk);
  picture = $derived(layout(this.groups, new Set(this.folded), this.rowHeight));
  rows = $derived(this.picture.items.filter((i): i is Extract<Item, { kind: 'row' }> => i.kind === 'row').map((i) => i.row));
  byKey = $derived(new Map(this.allGroups.flatMap((g) => g.rows.map((r) => [r.key, r] as const))));
  packagesByName = $derived(new Map((this.catalog?.products ?? []).map((p) => [p.name ?? p.key, p])));
  products = $derived(new Map((this.catalog?.products ?? []).map((p) => [p.key, p])));
  today = $derived(dateOf(this.zone, this.now));

  // --- who is at the desk

  async signIn(key: string): Promise<void> {
    api.useKey(key.trim());
    this.signInFault = '';
    try {
      const me = await api.get<Me>('/me');
      if (!me.venues.length) {
        if (['admin', 'manager'].includes(me.role)) { this.me = me; return; }
        throw new Refused(404, 'no_venue', t('This key sees no venue yet.'));
      }
      this.me = me;
      const kept = settings();
      await this.enter(me.venues.find((v) => v.key === kept.venue) ?? me.venues[0]);
    } catch (error) {
      if (error instanceof Refused && error.status === 0) { this.signInFault = t('The server cannot be reached.'); return; }
      api.useKey('');
      this.me = null;
      this.signInFault = error instanceof Refused && error.status === 403 ? error.message : t('This key is not valid, or not any more.');
    }
  }

  async enter(venue: VenueName): Promise<void> {
    const kept = settings();
    Object.assign(this, { days: kept.days, zoom: kept.zoom, whole: kept.whole, hidden: kept.hidden, folded: kept.folded });
    this.venue = venue;
    this.data = null;
    this.date = dateOf(venue.time_zone, this.now);
    this.catalog = await api.get<Catalog>(`/venues/${venue.key}/catalog`);
    this.#unfollow();
    await this.load();
    this.toNow();
    focusCalendar();
    if (this.mayBook) this.#follow();
    else this.live = 'none';
  }

  signOut(): void {
    this.#unfollow();
    api.useKey('');
    Object.assign(this, { me: null, venue: null, data: null, catalog: null, order: null, panel: { kind: 'day' }, dialog: null, overlay: null });
  }

  keep(): void {
    const { days, zoom, whole, hidden, folded } = this;
    localStorage.setItem(SETTINGS, JSON.stringify({ days, zoom, whole, hidden, folded, venue: this.venue?.key ?? '' }));
  }

  // --- the calendar

  async load(): Promise<void> {
    if (!this.venue) return;
    const mine = ++this.#loads;
    this.isLoading = true;
    const [from, to] = [this.first, addDays(this.first, this.days)];
    try {
      const data = await api.get<CalendarData>(`/venues/${this.venue.key}/calendar`, { from, to });
      if (mine !== this.#loads) return;
      this.data = data;
      this.#event = Math.max(this.#event, data.event);
      this.failed = null;
      this.asOf = Date.now();
    } catch (error) {
      if (mine !== this.#loads || !(error instanceof Refused)) return;
      if (error.status === 401) this.signOut();
      else if (error.status === 0) this.live = this.live === 'none' ? 'none' : 'offline';
      else this.failed = error;
    } finally {
      if (mine === this.#loads) this.isLoading = false;
    }
  }

  #follow(): void {
    this.live = 'connecting';
    this.#unfollow = follow(this.venue!.key, {
      after: () => this.#event,
      connected: () => {
        const wasAway = this.live === 'offline';
        this.live = 'live';
        if (wasAway) { void this.load(); if (this.order) void this.readOrder(this.order.id); }
      },
      lost: () => (this.live = 'offline'),
      refused: () => this.signOut(),
      heard: (events) => this.#heard(events),
    });
  }

  #heard(events: Happening[]): void {
    const span = this.axis.segments.length ? [minutesOf(this.data?.start ?? ''), minutesOf(this.data?.end ?? '')] : [0, 0];
    const foreign = new Set<string>();
    let touched = false;
    for (const event of events) {
      this.#event = Math.max(this.#event, event.id);
      if (event.kind === 'catalog') void this.readCatalog();
      if (event.from === undefined || event.to === undefined || (event.from < span[1] && span[0] <= event.to)) touched = true;
      if (event.order && !this.#own.has(`${event.order}/${event.version}`)) foreign.add(event.order);
    }
    for (const id of foreign) if (this.order?.id === id) void this.readOrder(id);
    const versions = events.map((e) => `${e.order}/${e.version}`);
    if (!touched) return;
    clearTimeout(this.#reload);
    this.#reload = setTimeout(async () => {
      await this.load();
      await new Promise((done) => setTimeout(done, 250)); // our own answer may still be on its way
      for (const [n, event] of events.entries()) if (event.order && this.#own.has(versions[n])) foreign.delete(event.order);
      if (foreign.size) this.#flash(foreign);
    }, 60);
  }

  #flash(orders: Set<string>): void {
    this.flashing = new Set([...this.flashing, ...orders]);
    setTimeout(() => (this.flashing = new Set([...this.flashing].filter((id) => !orders.has(id)))), 1600);
    const id = [...orders].at(-1)!;
    const entry = this.data?.entries.find((e) => e.order === id);
    if (orders.size > 3 || !entry) return;
    void api.get<{ items: Version[] }>(`/orders/${id}/history`).then(({ items }) => {
      const last = items.at(-1);
      if (last) this.say(t('{who}: #{number} {customer} · {what}', { who: last.by || last.role, number: entry.number, customer: entry.customer, what: last.what }));
    }, () => {});
  }

  async readCatalog(): Promise<void> {
    this.catalog = await api.get<Catalog>(`/venues/${this.venue!.key}/catalog`);
  }

  show(date: string): void {
    if (!date || date === this.date) return;
    const shift = instantOf(this.zone, date, 0) - instantOf(this.zone, this.date, 0);
    const wall = this.cursor ? clockOf(this.zone, this.cursor.at) : null;
    const before = this.first;
    this.date = date;
    if (this.cursor && wall) {
      const day = this.days > 1 ? dateOf(this.zone, this.cursor.at + shift) : date;
      this.cursor.at = instantOf(this.zone, day, Number(wall.slice(0, 2)) * 60 + Number(wall.slice(3)));
    }
    if (before !== this.first) void this.load();
    if (this.panel.kind === 'who') this.panel = { kind: 'day' };
  }
  go(direction: number): void {
    this.show(addDays(this.date, direction * this.days));
  }
  setDays(days: number): void {
    if (days === this.days) return;
    if (this.cursor && days === 1) this.date = dateOf(this.zone, this.cursor.at);
    this.days = days;
    this.keep();
    void this.load();
  }
  toToday(): void {
    this.show(this.today);
    this.toNow();
  }

  // --- the cursor

  toNow(): void {
    const row = this.rows[0];
    if (!row) return;
    const at = snap(this.zone, isDrawn(this.axis, this.now) ? this.now : this.axis.segments[0].start + 120, this.step);
    this.cursor = { resource: this.cursor && this.byKey.has(this.cursor.resource) ? this.cursor.resource : row.key, at };
  }

  moveCursor(rows: number, steps: number, fine = false): void {
    if (!this.cursor) return this.toNow();
    const at = this.rows.findIndex((r) => r.key === this.cursor!.resource);
    const row = this.rows[Math.max(0, Math.min(this.rows.length - 1, (at < 0 ? 0 : at) + rows))];
    if (!row) return;
    let time = this.cursor.at;
    for (let n = 0; n < Math.abs(steps); n++) time = stepped(this.axis, time, Math.sign(steps) * (fine ? this.grid : this.step));
    this.cursor = { resource: row.key, at: time };
    this.tell();
  }

  /** To the next booking on this row, or the nearest one on the next row that has any. */
  toBooking(rows: number, direction: number): void {
    if (!this.cursor) return this.toNow();
    const here = this.rows.findIndex((r) => r.key === this.cursor!.resource);
    if (direction) {
      const pieces = this.rows[here]?.pieces.filter((p) => !p.through) ?? [];
      const under = this.under()?.id;
      const next = direction > 0
        ? pieces.find((p) => p.start > this.cursor!.at && p.id !== under)
        : pieces.findLast((p) => p.start < this.cursor!.at && p.id !== under);
      if (next) this.cursor = { resource: this.cursor.resource, at: Math.max(next.start, this.axis.segments[0].start) };
    } else {
      for (let n = here + rows; n >= 0 && n < this.rows.length; n += rows) {
        const pieces = this.rows[n].pieces.filter((p) => !p.through && !this.rows[n].shared);
        if (!pieces.length) continue;
        const near = pieces.reduce((a, b) => (Math.abs(b.start - this.cursor!.at) < Math.abs(a.start - this.cursor!.at) ? b : a));
        this.cursor = { resource: this.rows[n].key, at: near.start };
        break;
      }
    }
    this.tell();
  }

  /** The booking that the cursor stands on; on a shared resource it is never one alone. */
  under(): Piece | null {
    if (!this.cursor) return null;
    const row = this.byKey.get(this.cursor.resource);
    if (row?.shared) return null;
    return row?.pieces.find((p) => p.start <= this.cursor!.at && this.cursor!.at < p.end && !p.through) ?? null;
  }

  /** Said to screen readers: where the cursor is. */
  tell(): void {
    if (!this.cursor) return;
    const row = this.byKey.get(this.cursor.resource);
    if (!row) return;
    const at = this.cursor.at, piece = this.under();
    const isOpen = row.open.some((o) => o.start <= at && at < o.end);
    const block = row.blocks.find((b) => b.start <= at && at < b.end);
    const state = row.shared
      ? t('{n} of {all} places taken', { n: row.fill.find((f) => f.start <= at && at < f.end)?.places ?? 0, all: row.resource.capacity })
      : piece ? `${piece.entry.customer || `#${piece.entry.number}`}, ${piece.entry.name}, ${clockOf(this.zone, piece.start)}–${clockOf(this.zone, piece.end)}`
      : block ? block.note || t('out of use')
      : isOpen ? t('free') : t('closed');
    this.said = `${row.resource.name}, ${clockOf(this.zone, at)}: ${state}`;
  }

  say(text: string): void {
    this.note = text;
    this.said = text;
    clearTimeout(this.#noteTimer);
    this.#noteTimer = setTimeout(() => (this.note = ''), 8000);
  }

  // --- orders

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
        api.get<{ items: Version[] }>(`/orders/${id}/history`),
      ]);
      if (this.panel.kind !== 'order' || this.panel.id !== id) return;
      this.order = order;
      this.history = history.items;
      this.orderFault = '';
    } catch (error) {
      this.orderFault = error instanceof Refused ? error.message : String(error);
    }
  }

  own(order: Order): void {
    this.#own.add(`${order.id}/${order.version}`);
  }

  /** After a change of our own: it does not flash, and the calendar follows at once. */
  changed(order: Order): void {
    this.own(order);
    if (this.panel.kind === 'order' && this.panel.id === order.id) {
      this.order = order;
      void this.readOrder(order.id);
    }
    void this.load();
  }

  closePanel(): void {
    this.overlay = null;
    this.chosen = null;
    this.order = null;
    this.panel = { kind: 'day' };
    focusCalendar();
  }

  book(at: Partial<{ resource: string | null; at: number; package: string; participants: number; customer: Customer }> = {}): void {
    if (!this.mayBook) return this.say(t('Only reception and managers may book.'));
    this.dialog = null;
    this.overlay = null;
    const resource = at.resource === undefined ? (this.cursor?.resource ?? null) : at.resource;
    const start = at.at ?? this.cursor?.at ?? snap(this.zone, this.now + 30, 30);
    this.panel = { ...at, kind: 'book', resource, at: start };
  }

  name(resource: string): string {
    return this.byKey.get(resource)?.resource.name ?? this.catalog?.resources?.find((r) => r.key === resource)?.name ?? resource;
  }
  productName(key: string): string {
    return this.products.get(key)?.name ?? key;
  }
  product(key: string): Product | undefined {
    return this.products.get(key);
  }
  clock(at: number | string | null): string {
    return at === null ? '' : clockOf(this.zone, typeof at === 'string' ? minutesOf(at) : at);
  }
  dateAt(at: number | string): string {
    return dateOf(this.zone, typeof at === 'string' ? minutesOf(at) : at);
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

function settings(): Settings {
  const otherwise = { days: 1, zoom: 1, whole: false, hidden: [], folded: [], venue: '' };
  try {
    return { ...otherwise, ...JSON.parse(localStorage.getItem(SETTINGS) ?? '{}') };
  } catch {
    return otherwise;
  }
}

export type { Row };
