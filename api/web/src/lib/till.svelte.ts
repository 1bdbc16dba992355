// A sale at the point of sale: previewed while it is put together, then saved or closed; one that is kept is changed line by line.

import * as api from './api';
import { Refused } from './api';
import { Asking } from './asking';
import { desk } from './desk.svelte';
import { house } from './house.svelte';
import type { SaleLineRequest } from './openapi';
import type { Customer, Product, Sale } from './types';
import { t } from './words.svelte';

export interface Wanted { product: string; quantity: number; discount_percent: string; staff: string | null }
type Act = 'save' | 'close' | 'void' | 'refund';

class Till {
  customer = $state<Customer | null>(null);
  wanted = $state<Wanted[]>([]);
  useCredits = $state(true);
  /** As the server has it, or would have it. */
  sale = $state.raw<Sale | null>(null);
  isKept = $state(false);
  busy = $state(false);
  refused = $state.raw<Refused | null>(null);
  /** What is asked about before it is done, with what it would do. */
  asked = $state.raw<{ act: Act; answer: Sale } | null>(null);
  #asking = new Asking<Sale>(120);

  begin(customer: Customer | null): void {
    this.#asking.stop();
    Object.assign(this, { customer, wanted: [], useCredits: customer !== null, sale: null, isKept: false, busy: false, refused: null, asked: null });
  }
  async open(id: string): Promise<void> {
    this.begin(null);
    try {
      this.#took(await api.get<Sale>(`/sales/${id}`));
      if (this.sale?.customer) this.customer = await api.get<Customer>(`/customers/${this.sale.customer}`);
    } catch (error) { this.#fail(error); }
  }
  belongsTo(customer: Customer | null): void {
    this.customer = customer;
    this.useCredits = customer !== null;
    this.#ask();
  }
  payWithCredits(use: boolean): void {
    this.useCredits = use;
    if (this.isKept) void this.#change({ use_credits: use });
    else this.#ask();
  }

  add(product: Product): void {
    if (this.isKept) { void this.#change({ lines: [...this.#ids(), { product: product.key }] }); return; }
    const known = this.wanted.find((w) => w.product === product.key);
    if (known) known.quantity += 1;
    else this.wanted.push({ product: product.key, quantity: 1, discount_percent: '0', staff: null });
    this.#ask();
  }
  /** A line that is not kept yet is named by its place, one that is by its id. */
  set(line: number | string, change: Partial<Wanted>): void {
    if (typeof line === 'string') { void this.#change({ lines: this.#ids().map((l) => (l.id === line ? { ...l, ...change } : l)) }); return; }
    Object.assign(this.wanted[line], change);
    this.#ask();
  }
  drop(line: number | string): void {
    if (typeof line === 'string') { void this.#change({ lines: this.#ids().filter((l) => l.id !== line) }); return; }
    this.wanted.splice(line, 1);
    this.#ask();
  }
  #ids(): SaleLineRequest[] {
    return this.sale!.lines.map(({ id }) => ({ id }));
  }
  get #body(): Record<string, unknown> {
    return { lines: this.wanted.map((w) => ({ ...w })), use_credits: this.useCredits, ...(this.customer ? { customer: this.customer.id } : {}) };
  }

  #ask(): void {
    if (!this.wanted.length) { this.#asking.stop(); this.sale = null; this.refused = null; return; }
    this.busy = true;
    const body = this.#body;
    this.#asking.ask(
      (signal) => api.preview<Sale>('POST', `${house.path}/sales`, body, signal),
      (sale) => Object.assign(this, { sale, refused: null, busy: false }),
      (error) => this.#fail(error),
    );
  }
  async #change(body: Record<string, unknown>): Promise<void> {
    this.busy = true;
    try { this.#took(await api.change<Sale>('PATCH', `/sales/${this.sale!.id}`, body, this.sale!.version)); }
    catch (error) { this.#fail(error); }
  }

  /** Save and close are done at once; what takes something back is shown first. */
  async act(act: Act): Promise<void> {
    if (!this.sale) return;
    if (act === 'void' || act === 'refund') return this.#preview(act);
    this.busy = true;
    try {
      if (!this.isKept) this.#took(await api.change<Sale>('POST', `${house.path}/sales`, this.#body));
      this.#took(await api.change<Sale>('POST', `/sales/${this.sale.id}/${act}`, {}, this.sale.version));
      desk.say(act === 'save' ? t('Saved: credits are reserved, goods handed over.') : t('Closed.'));
    } catch (error) { this.#fail(error); }
  }
  async #preview(act: Act): Promise<void> {
    try { this.asked = { act, answer: await api.preview<Sale>('POST', `/sales/${this.sale!.id}/${act}`, {}) }; }
    catch (error) { this.#fail(error); }
  }
  async apply(): Promise<void> {
    const { act, answer } = this.asked!;
    this.busy = true;
    try {
      this.#took(await api.change<Sale>('POST', `/sales/${answer.id}/${act}`, { plan: answer.plan ?? null }, this.sale!.version));
      desk.say(act === 'void' ? t('Voided.') : t('Refunded.'));
    } catch (error) { this.#fail(error); }
    this.asked = null;
  }
  paid(sale: Sale): void {
    this.#took(sale);
  }

  #took(sale: Sale): void {
    Object.assign(this, { sale, isKept: true, useCredits: sale.use_credits, busy: false, refused: null, asked: null });
  }
  #fail(error: unknown): void {
    this.busy = false;
    this.refused = error instanceof Refused ? error : new Refused(0, 'failed', String(error));
    if (error instanceof Refused && error.status === 412 && this.sale) void this.open(this.sale.id);
  }
}

export const till = new Till();

/** What is sold here and now; what is booked on the calendar has a time and is an order. */
export const sellable = (): Product[] =>
  [...house.products.values()].filter((p) => p.sold_to_customers !== false && !(p.kind === 'package' && (p.fulfilment ?? 'booked') === 'booked'));
