// The venue that is shown: its catalog, its names, its clock.

import * as api from './api';
import { clockOf, dateOf, minutesOf } from './time';
import type { Catalog, Product, VenueName } from './types';
import { day } from './words.svelte';

class House {
  venue = $state<VenueName | null>(null);
  catalog = $state.raw<Catalog | null>(null);
  /** Minutes since the epoch. */
  now = $state(Math.floor(Date.now() / 60_000));

  zone = $derived(this.venue?.time_zone ?? 'UTC');
  currency = $derived(this.venue?.currency ?? 'SEK');
  today = $derived(dateOf(this.zone, this.now));
  products = $derived(new Map((this.catalog?.products ?? []).map((p) => [p.key, p])));
  packagesByName = $derived(new Map((this.catalog?.products ?? []).map((p) => [p.name ?? p.key, p])));

  /** Its address in the API. */
  get path(): string { return `/venues/${this.venue!.key}`; }

  leave(): void {
    this.venue = null;
    this.catalog = null;
  }
  async readCatalog(): Promise<void> {
    this.catalog = await api.get<Catalog>(`${this.path}/catalog`);
  }

  product(key: string): Product | undefined {
    return this.products.get(key);
  }
  productName(key: string): string {
    return this.products.get(key)?.name ?? key;
  }
  clock(at: number | string | null): string {
    return at === null ? '' : clockOf(this.zone, typeof at === 'string' ? minutesOf(at) : at);
  }
  /** When something ends: the time, with its day where that is not today. */
  until(at: string | null): string {
    if (at === null) return '';
    const date = this.dateAt(at);
    return date === this.today ? this.clock(at) : `${day(date)} ${this.clock(at)}`;
  }
  dateAt(at: number | string): string {
    return dateOf(this.zone, typeof at === 'string' ? minutesOf(at) : at);
  }
}

export const house = new House();
