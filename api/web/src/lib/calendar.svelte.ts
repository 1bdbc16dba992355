// What the calendar shows: which days and rows, how large, and what stands on them.

import * as api from './api';
import { Refused } from './api';
import { cursor } from './cursor.svelte';
import { desk } from './desk.svelte';
import { layout, makeAxis, type Group, type Item } from './geometry';
import { house } from './house.svelte';
import { live } from './live.svelte';
import { groupsOf, hoursOf } from './rows';
import { session } from './session.svelte';
import { addDays, clockOf, instantOf, mondayOf } from './time';
import type { CalendarData } from './types';
import { t } from './words.svelte';

/** 0: all of the day at once, however small it gets. */
export const ZOOMS = [0, 1, 1.5, 2.2, 3.2, 4.5];
const LEGIBLE = { day: 66, week: 7 }; // pixels for an hour
const ROW = { desk: 44, tablet: 52 };
const SETTINGS = 'sojourn.desk';
interface Settings { days: number; zoom: number; whole: boolean; hidden: string[]; folded: string[]; words: string; venue: string }

class Calendar {
  data = $state.raw<CalendarData | null>(null);
  failed = $state<Refused | null>(null);
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
  #loads = 0;

  grid = $derived(this.data?.grid_minutes ?? 5);
  step = $derived(this.days > 1 ? 60 : Math.max(this.grid, 15));
  first = $derived(this.days > 1 ? mondayOf(this.date) : this.date);
  hours = $derived<[number, number]>(this.whole ? [0, 1440] : hoursOf(house.catalog, Array.from({ length: this.days }, (_, n) => addDays(this.first, n))));
  scale = $derived.by(() => {
    const minutes = this.days * (this.hours[1] - this.hours[0]);
    const fitting = (this.width - 2) / minutes;
    const least = (this.days > 1 ? LEGIBLE.week : LEGIBLE.day) / 60;
    return this.zoom === 0 ? fitting : Math.max(least, fitting) * ZOOMS[this.zoom];
  });
  axis = $derived(makeAxis(house.zone, this.first, this.days, this.hours, this.scale));
  allGroups = $derived<Group[]>(this.data ? groupsOf(this.data, house.catalog, t) : []);
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

  name(resource: string): string {
    return this.byKey.get(resource)?.resource.name ?? house.catalog?.resources?.find((r) => r.key === resource)?.name ?? resource;
  }
  /** Whether that date is drawn. */
  shows(date: string): boolean {
    return this.axis.segments.some((s) => s.date === date);
  }

  // --- what stays from one day to the next

  kept(): Settings {
    const otherwise = { days: 1, zoom: 1, whole: false, hidden: [], folded: [], words: '', venue: '' };
    try {
      return { ...otherwise, ...JSON.parse(localStorage.getItem(SETTINGS) ?? '{}') };
    } catch {
      return otherwise;
    }
  }
  restore(): void {
    const { venue: _, ...shown } = this.kept();
    Object.assign(this, shown);
  }
  keep(): void {
    const { days, zoom, whole, hidden, folded, words } = this;
    localStorage.setItem(SETTINGS, JSON.stringify({ days, zoom, whole, hidden, folded, words, venue: house.venue?.key ?? '' }));
  }
  showAll(): void {
    Object.assign(this, { words: '', hidden: [], folded: [] });
    this.keep();
  }

  // --- reading

  async load(): Promise<void> {
    if (!house.venue) return;
    const mine = ++this.#loads;
    this.isLoading = true;
    try {
      const data = await api.get<CalendarData>(`${house.path}/calendar`, { from: this.first, to: addDays(this.first, this.days) });
      if (mine !== this.#loads) return;
      this.data = data;
      this.failed = null;
      live.caughtUp(data.event);
    } catch (error) {
      if (mine !== this.#loads || !(error instanceof Refused)) return;
      if (error.status === 401) session.forget();
      else if (error.status === 0) live.lost();
      else this.failed = error;
    } finally {
      if (mine === this.#loads) this.isLoading = false;
    }
  }

  // --- other days

  show(date: string): void {
    if (!date || date === this.date) return;
    const shift = instantOf(house.zone, date, 0) - instantOf(house.zone, this.date, 0);
    const place = cursor.place;
    const wall = place ? clockOf(house.zone, place.at) : null;
    const before = this.first;
    this.date = date;
    if (place && wall) {
      const day = this.days > 1 ? house.dateAt(place.at + shift) : date;
      place.at = instantOf(house.zone, day, Number(wall.slice(0, 2)) * 60 + Number(wall.slice(3)));
    }
    if (before !== this.first) void this.load();
    if (desk.panel.kind === 'who') desk.panel = { kind: 'day' };
  }
  go(direction: number): void {
    this.show(addDays(this.date, direction * this.days));
  }
  setDays(days: number): void {
    if (days === this.days) return;
    if (cursor.place && days === 1) this.date = house.dateAt(cursor.place.at);
    this.days = days;
    this.keep();
    void this.load();
  }
  toToday(): void {
    this.show(house.today);
    cursor.toNow();
  }
}

export const calendar = new Calendar();
