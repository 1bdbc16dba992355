// A change that is not made yet: its preview, and the plan by which exactly that is made.

import * as api from './api';
import { Refused } from './api';
import { Asking } from './asking';
import { desk, focusCalendar, outlinesOf } from './desk.svelte';
import { house } from './house.svelte';
import type { Alternative, Booking, Order } from './types';
import { t } from './words.svelte';

export interface Asked { title: string; method: 'PATCH' | 'POST'; path: string; body: Record<string, unknown>; version: number; order: string }
export interface Nearest { label: string; path: string; body: Record<string, unknown> }

class Proposal {
  asked = $state.raw<Asked | null>(null);
  answer = $state.raw<Order | null>(null);
  refused = $state.raw<Refused | null>(null);
  nearest = $state.raw<Nearest[]>([]);
  busy = $state(false);
  applying = $state(false);
  #asking = new Asking<Order>(0);

  /** Asks what the change would do; the box in the panel shows it. `rest`: milliseconds without typing first. */
  ask(asked: Asked, rest = 0): void {
    this.asked = asked;
    this.busy = true;
    this.nearest = [];
    if (rest !== this.#asking.milliseconds) { this.#asking.stop(); this.#asking = new Asking(rest); }
    this.#asking.ask(
      (signal) => api.preview<Order>(asked.method, asked.path, asked.body, signal),
      (answer) => this.answered(asked, answer),
      (error) => this.answered(asked, undefined, error),
    );
  }

  /** Takes an answer that somebody else asked for (a drag). */
  answered(asked: Asked, answer?: Order, error?: unknown): void {
    this.asked = asked;
    this.busy = false;
    this.answer = answer ?? null;
    this.refused = error instanceof Refused ? error : error ? new Refused(0, 'failed', String(error)) : null;
    if (answer) this.#draw(answer);
    else if (desk.overlay) desk.overlay = { ...desk.overlay, refused: true };
  }

  #draw(answer: Order): void {
    const changes = answer.changes ?? [];
    const there = changes.filter((c) => c.now && c.kind !== 'cancelled').map((c) => c.now!);
    const label = (b: Booking): string => `${house.clock(b.start)} ${house.productName(b.product)}`;
    desk.overlay = {
      refused: false,
      outlines: outlinesOf(there, label),
      leaving: new Set(changes.filter((c) => c.was && c.kind !== 'resized').map((c) => c.booking)),
    };
  }

  get ready(): boolean {
    return this.answer !== null && !this.busy && !this.applying;
  }

  /** Makes exactly what the preview showed; where that is not possible any more, shows what would be now. */
  async apply(): Promise<boolean> {
    const { asked, answer } = this;
    if (!asked || !answer || this.applying) return false;
    this.applying = true;
    try {
      const body = answer.plan ? { ...asked.body, plan: answer.plan } : asked.body;
      const order = await api.change<Order>(asked.method, asked.path, body, asked.version);
      this.leave();
      desk.changed(order);
      desk.say(t('Done: {what}', { what: asked.title }));
      return true;
    } catch (error) {
      if (error instanceof Refused && (error.status === 412 || error.code === 'plan_outdated')) {
        await desk.readOrder(asked.order);
        this.ask({ ...asked, version: desk.order?.version ?? asked.version });
        desk.say(t('It was changed meanwhile: this is how it would be now.'));
      } else this.answered(asked, undefined, error);
      return false;
    } finally {
      this.applying = false;
    }
  }

  /** The same with an alternative that the refusal offers. */
  take(alternative: Alternative): void {
    if (!this.asked) return;
    const body = { ...this.asked.body };
    if (alternative.start) body.start = alternative.start;
    if (alternative.rule) body.override = [...((body.override as string[] | undefined) ?? []), alternative.rule];
    this.ask({ ...this.asked, body });
  }

  leave(): void {
    this.#asking.stop();
    this.asked = null;
    this.answer = null;
    this.refused = null;
    this.nearest = [];
    this.busy = false;
    desk.overlay = null;
  }
  back(): void {
    this.leave();
    focusCalendar();
  }
}

export const proposal = new Proposal();
