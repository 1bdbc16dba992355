// A booking on its way to another time, resource or length, by keys or by pointer; the full check runs while it is on its way.

import * as api from '../lib/api';
import { Following } from '../lib/asking';
import { linePath } from '../lib/acts';
import { desk, focusCalendar } from '../lib/desk.svelte';
import { calendar } from '../lib/calendar.svelte';
import { cursor } from '../lib/cursor.svelte';
import { house } from '../lib/house.svelte';
import { session } from '../lib/session.svelte';
import { stepped, type Piece, type Row } from '../lib/geometry';
import { proposal, type Asked, type Nearest } from '../lib/proposal.svelte';
import { clockText, dateOf, instantOf, isoOf, minutesOf, readClock } from '../lib/time';
import type { Order } from '../lib/types';
import { t } from '../lib/words.svelte';

interface Target { resource: string; at: number; end: number }

class Moving {
  piece = $state.raw<Piece | null>(null);
  target = $state.raw<Target | null>(null);
  typed = $state('');
  /** Its end moves, not the whole of it. */
  stretches = $state(false);
  #version = 0;
  #ask: Following<Target, Order> | null = null;
  #search = 0;

  get active(): boolean { return this.piece !== null; }

  /** Takes the booking up; its order opens beside the calendar. */
  lift(piece: Piece, stretches = false): void {
    if (!session.mayBook) return desk.say(t('Only reception and managers may change orders.'));
    proposal.leave();
    this.piece = piece;
    this.stretches = stretches;
    this.target = { resource: piece.entry.resource, at: piece.start, end: piece.end };
    this.typed = '';
    this.#search++;
    const opened = desk.openOrder(piece.entry.order, piece.entry.booking).then(() => (this.#version = desk.order?.version ?? 0));
    this.#ask = new Following(
      async (target) => {
        await opened;
        const { path, body } = this.request(target);
        return api.preview<Order>('PATCH', path, body);
      },
      (target, answer, error) => {
        if (this.piece !== piece && proposal.asked === null) return;
        const isNewest = target === this.target;
        if (isNewest || answer) proposal.answered(this.#asked(piece, target), answer, error);
        if (!isNewest) { proposal.busy = true; if (this.target) this.#ghost(this.target); }
      },
    );
    desk.say(stretches ? t('Length of {what}: arrows or the time at which it ends, Enter applies, Escape leaves it.', { what: piece.entry.name })
      : t('Moving {what}: arrows or a time, Enter applies, Escape leaves it.', { what: piece.entry.name }));
  }

  /** What is asked of the API: of a line that is this one booking, the line itself moves. */
  request(target: Target): { path: string; body: Record<string, unknown> } {
    const piece = this.piece ?? this.#last!;
    if (this.stretches) return { path: `/bookings/${piece.entry.booking}`, body: { duration_minutes: target.end - minutesOf(piece.entry.start) } };
    const shift = target.at - piece.start;
    const body: Record<string, unknown> = {};
    if (shift !== 0) body.start = isoOf(minutesOf(piece.entry.start) + shift);
    if (target.resource !== piece.entry.resource) body.resources = [target.resource];
    const order = desk.order?.id === piece.entry.order ? desk.order : null;
    const line = order?.lines.find((l) => l.id === piece.entry.line);
    const isAlone = line && order && order.bookings.filter((b) => b.line === line.id && b.status !== 'cancelled').length === 1;
    if (isAlone && line.product && body.start && minutesOf(line.start) === minutesOf(piece.entry.start)) {
      if (!body.resources) return { path: linePath(order, line.id), body: { start: body.start } };
      if (shift < 0) body.override = ['arrival']; // the guest comes earlier
    }
    return { path: `/bookings/${piece.entry.booking}`, body };
  }
  #last: Piece | null = null;

  #asked(piece: Piece, target: Target): Asked {
    return {
      title: this.stretches ? t('{what} until {time}', { what: piece.entry.name, time: house.clock(target.end) }) : target.resource === piece.entry.resource ? t('Move {what} to {time}', { what: piece.entry.name, time: house.clock(target.at) }) : t('Move {what} to {time}, {resource}', { what: piece.entry.name, time: house.clock(target.at), resource: calendar.name(target.resource) }),
      method: 'PATCH', ...this.request(target), version: this.#version, order: piece.entry.order,
    };
  }

  to(target: Target): void {
    if (!this.piece || (this.target && same(target, this.target))) return;
    this.target = target;
    this.#ghost(target);
    if (same(target, { resource: this.piece.entry.resource, at: this.piece.start, end: this.piece.end })) { proposal.leave(); return; }
    proposal.asked = this.#asked(this.piece, target);
    proposal.busy = true;
    this.#ask?.ask(target);
  }

  /** The whole of it. */
  moveTo(resource: string, at: number): void {
    if (this.piece) this.to({ resource, at, end: at + this.piece.end - this.piece.start });
  }
  /** Its end alone. */
  endAt(end: number): void {
    if (this.piece && this.target) this.to({ ...this.target, end: Math.max(end, this.piece.start + calendar.grid) });
  }

  #ghost({ resource, at, end }: Target): void {
    const piece = this.piece;
    if (!piece) return;
    const outline = {
      id: 'ghost', booking: piece.entry.booking, resource, start: at, end,
      heldFrom: at + piece.heldFrom - piece.start, heldTo: end + piece.heldTo - piece.end, label: this.stretches ? `→ ${house.clock(end)}` : `${house.clock(at)} ${piece.entry.name}`,
    };
    const others = desk.overlay && !desk.overlay.refused ? desk.overlay.outlines.filter((o) => o.booking !== piece.entry.booking) : [];
    desk.overlay = { outlines: [...others, outline], refused: false, leaving: new Set([piece.entry.booking]) };
  }

  keys(event: KeyboardEvent): boolean {
    const { piece, target } = this;
    if (!piece || !target) return false;
    const rows = calendar.rows.filter((r) => !r.shared || r.key === piece.entry.resource);
    const here = rows.findIndex((r) => r.key === target.resource);
    const step = event.ctrlKey ? calendar.grid : calendar.step;
    const by = (steps: number): void => (this.stretches ? this.endAt(target.end + steps) : this.moveTo(target.resource, stepped(calendar.axis, target.at, steps)));
    const row = (n: number): void => { if (!this.stretches) this.moveTo(rows[Math.max(0, Math.min(rows.length - 1, n))].key, target.at); };
    const go: Record<string, () => void> = {
      ArrowLeft: () => by(-step),
      ArrowRight: () => by(step),
      ArrowUp: () => row(here - 1),
      ArrowDown: () => row(here + 1),
      Escape: () => { this.drop(); proposal.leave(); desk.say(t('Left where it was.')); },
      Enter: () => void this.#apply(),
      Backspace: () => (this.typed = this.typed.slice(0, -1)),
    };
    const act = go[event.key] ?? (/^[0-9:.]$/.test(event.key) ? () => this.#type(event.key) : null);
    if (!act) return false;
    event.preventDefault();
    event.stopPropagation();
    act();
    if (this.target) cursor.place = { resource: this.target.resource, at: this.stretches ? Math.max(this.target.at, this.target.end - calendar.step) : this.target.at };
    return true;
  }

  #type(key: string): void {
    this.typed += key;
    const wall = this.typed.length >= 3 || this.typed.includes(':') ? readClock(this.typed) : null;
    if (wall === null || !this.target) return;
    const at = instantOf(house.zone, dateOf(house.zone, this.target.at), wall);
    if (this.stretches) this.endAt(at);
    else this.moveTo(this.target.resource, at);
    desk.said = clockText(wall);
    if (this.typed.replace(/\D/g, '').length >= 4) this.typed = '';
  }

  async #apply(): Promise<void> {
    while (proposal.busy) await new Promise((done) => setTimeout(done, 30));
    if (proposal.refused) { void this.nearest(); return desk.say(proposal.refused.message); }
    if (!proposal.asked) return this.drop();
    if (await proposal.apply()) { this.drop(); focusCalendar(); }
  }

  /** Where it does not fit: the nearest times that do, and somebody else at the same time. */
  async nearest(): Promise<void> {
    const piece = this.piece ?? this.#last, target = this.target ?? this.#lastTarget;
    if (!piece || !target || !proposal.refused || this.stretches) return;
    const mine = ++this.#search;
    const found: Nearest[] = [];
    for (const { path, body } of this.#attempts(piece, target)) {
      try {
        const order = await api.preview<Order>('PATCH', path, body);
        if (mine !== this.#search || !proposal.refused) return;
        const label = path.startsWith('/bookings') ? this.#said(order, piece) : t('The whole order: {time}', { time: this.#said(order, piece) });
        if (found.every((f) => f.label !== label)) found.push({ label, path, body });
        proposal.nearest = [...found];
        if (found.length === 3) return;
      } catch {
        if (mine !== this.#search) return;
      }
    }
  }
  /** In this order: the whole order with it, somebody else at that time, the nearest times here. */
  *#attempts(piece: Piece, target: Target): Generator<{ path: string; body: Record<string, unknown> }> {
    const shift = target.at - piece.start;
    const line = desk.order?.lines.find((l) => l.id === piece.entry.line);
    if (proposal.refused?.code === 'before_arrival' && desk.order && line)
      yield { path: linePath(desk.order, line.id), body: { start: isoOf(minutesOf(line.start) + shift) } };
    if (shift && target.resource !== piece.entry.resource) yield { path: `/bookings/${piece.entry.booking}`, body: { start: isoOf(minutesOf(piece.entry.start) + shift) } };
    const row = calendar.byKey.get(target.resource);
    for (let away = 15; away <= 240; away += 15)
      for (const at of [target.at + away, target.at - away])
        if (row && at !== piece.start && hasRoom(row, piece, at)) yield this.request({ ...target, at, end: at + piece.end - piece.start });
  }
  #said(order: Order, piece: Piece): string {
    const b = order.bookings.find((x) => x.id === piece.entry.booking);
    const who = b?.allocations.find((a) => calendar.byKey.get(a.resource)?.resource.kind === calendar.byKey.get(piece.entry.resource)?.resource.kind);
    return `${house.clock(b?.start ?? null)} ${who ? calendar.name(who.resource) : ''}`.trim();
  }

  #lastTarget: Target | null = null;
  /** Lets go; what was proposed stays in the box. */
  drop(): void {
    this.#last = this.piece;
    this.#lastTarget = this.target;
    this.piece = null;
    this.typed = '';
  }
}

const same = (a: Target, b: Target): boolean => a.resource === b.resource && a.at === b.at && a.end === b.end;

/** Whether the row itself is open and free then: the rest is for the full check to say. */
function hasRoom(row: Row, piece: Piece, at: number): boolean {
  const from = at + piece.heldFrom - piece.start, to = at + piece.heldTo - piece.start;
  if (!row.open.some((o) => o.start <= from && to <= o.end)) return false;
  return row.shared || row.pieces.every((p) => p.entry.booking === piece.entry.booking || to <= p.heldFrom || p.heldTo <= from);
}

export const moving = new Moving();
