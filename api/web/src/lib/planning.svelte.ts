// The shown day or week planned anew: the job at the server, the best so far as outlines, applied or given up.

import * as api from './api';
import { Refused } from './api';
import { calendar } from './calendar.svelte';
import { desk, type Outline } from './desk.svelte';
import { house } from './house.svelte';
import { live } from './live.svelte';
import { addDays, minutesOf } from './time';
import type { Change, DayPlan, Order } from './types';
import { t } from './words.svelte';

const LOOK = 600; // milliseconds between two looks at a plan in the making
export type Aim = DayPlan['aim'];
type Move = NonNullable<DayPlan['moves']>[number];
interface Applied { orders: Order[]; changes: Change[]; warnings: string[]; price_difference: string; plan?: string }
export interface Moved { order: string; number: number | null; customer: string; moves: Move[] }

class Planning {
  plan = $state.raw<DayPlan | null>(null);
  /** What applying would do, with prices: of a plan that is made. */
  preview = $state.raw<Applied | null>(null);
  applied = $state.raw<Applied | null>(null);
  refused = $state.raw<Refused | null>(null);
  busy = $state(false);
  #timer: ReturnType<typeof setTimeout> | undefined;

  running = $derived(this.plan?.state === 'queued' || this.plan?.state === 'running');
  /** Everything has a place, and it is not known that something has changed since. */
  ready = $derived.by(() => {
    const { plan } = this;
    if (!plan?.progress || this.busy || (plan.state !== 'running' && plan.state !== 'done')) return false;
    return plan.left.length === 0 && plan.progress.placed === plan.progress.wanted && (plan.moves?.length ?? 0) > 0;
  });
  /** The moves by order, in the order in which the first of each begins. */
  byOrder = $derived.by(() => {
    const names = new Map((calendar.data?.entries ?? []).map((e) => [e.order, e.customer]));
    const found = new Map<string, Moved>();
    for (const move of this.plan?.moves ?? []) {
      const key = move.order ?? `new ${move.new}`;
      if (!found.has(key)) found.set(key, { order: key, number: move.number, customer: names.get(key) ?? '', moves: [] });
      found.get(key)!.moves.push(move);
    }
    return [...found.values()];
  });

  get #path(): string {
    return `${house.path}/plans`;
  }

  async start(aim: Aim, seconds: number): Promise<void> {
    this.forget();
    this.busy = true;
    const body = { from: calendar.first, to: addDays(calendar.first, calendar.days), aim, seconds };
    try {
      this.plan = await api.change<DayPlan>('POST', this.#path, body);
      this.#later();
    } catch (error) { this.#fails(error); }
    this.busy = false;
  }

  #later(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#look(), LOOK);
  }
  async #look(): Promise<void> {
    const { plan } = this;
    if (!plan) return;
    try {
      const found = await api.get<DayPlan>(`${this.#path}/${plan.id}`);
      if (this.plan?.id !== found.id || this.applied) return;
      this.plan = found;
      this.#draw(found.moves ?? []);
      if (this.running) this.#later();
      else if (found.state === 'done') {
        desk.say(t('The plan is made: {n} booking changes.|The plan is made: {n} bookings change.', { n: found.moves?.length ?? 0 }));
        if (this.ready) this.preview = await api.preview<Applied>('POST', `${this.#path}/${found.id}/apply`, {});
      }
    } catch (error) {
      if (error instanceof Refused && error.status === 0) this.#later();
      else this.#fails(error);
    }
  }

  #draw(moves: Move[]): void {
    const outlines: Outline[] = moves.flatMap((m) => m.now.resources.map((resource) => {
      const start = minutesOf(m.now.start), end = minutesOf(m.now.end);
      return { id: `${m.booking}@${resource}`, booking: m.booking ?? '', resource, start, end, heldFrom: start, heldTo: end, label: `${house.clock(m.now.start)} ${whatOf(m)}` };
    }));
    desk.overlay = { outlines, refused: false, leaving: new Set(moves.flatMap((m) => (m.booking ? [m.booking] : []))) };
  }

  /** Makes the changes that are shown; while it is still made better, the best so far. */
  async apply(): Promise<void> {
    const { plan } = this;
    if (!plan || !this.ready) return;
    this.busy = true;
    clearTimeout(this.#timer);
    try {
      const sent = this.preview?.plan ? { plan: this.preview.plan } : {};
      this.applied = await api.change<Applied>('POST', `${this.#path}/${plan.id}/apply`, sent);
      for (const order of this.applied.orders) live.own(order);
      desk.overlay = null;
      desk.say(t('Done: {what}', { what: t('planned anew') }));
      void calendar.load();
    } catch (error) {
      this.#fails(error);
      this.preview = null;
      this.#later(); // what it is now, the server knows
    }
    this.busy = false;
  }

  /** Gives up what is not applied; the server stops working on it. */
  async giveUp(): Promise<void> {
    const { plan, running } = this;
    this.forget();
    if (plan && running) await api.change('POST', `${this.#path}/${plan.id}/cancel`, null).catch(() => undefined);
  }

  #fails(error: unknown): void {
    this.refused = error instanceof Refused ? error : new Refused(0, 'failed', String(error));
  }

  forget(): void {
    clearTimeout(this.#timer);
    this.plan = this.preview = this.applied = this.refused = null;
    this.busy = false;
    desk.overlay = null;
  }
}

/** The name of the treatment, where the calendar shows it. */
export function whatOf(move: Move): string {
  return calendar.data?.entries.find((e) => e.booking === move.booking)?.name ?? move.component;
}

export const planning = new Planning();
