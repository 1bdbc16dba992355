// The rows of the calendar: resources by kind and pool, what stands on them, what is held through a hall or its parts.

import { closed, fillOf, pieceOf, type Group, type Piece, type Row } from './geometry';
import type { CalendarData, Catalog, Entry, Product, Resource } from './types';
import { minutesOf, weekday } from './time';

const KINDS = ['staff', 'room', 'equipment'];

/** `massage-therapists` as it is read: a pool has a key and no name. */
export const spoken = (key: string): string => (key[0]?.toUpperCase() ?? '') + key.slice(1).replaceAll('-', ' ');

/** The pools of which only single places are ever taken. */
export function sharedPools(catalog: Catalog | null): Set<string> {
  const shared = new Set<string>(), whole = new Set<string>();
  for (const product of catalog?.products ?? [])
    for (const need of product.needs ?? []) (need.use === 'shared' ? shared : whole).add(need.pool);
  return new Set([...shared].filter((pool) => !whole.has(pool)));
}

export function groupsOf(data: CalendarData, catalog: Catalog | null, t: (text: string) => string): Group[] {
  const shared = sharedPools(catalog);
  const attributes = new Map((catalog?.resources ?? []).map((r) => [r.key, r.attributes ?? {}]));
  const names = new Map(data.resources.map((r) => [r.key, r.name]));
  const pieces = new Map<string, Piece[]>(data.resources.map((r) => [r.key, []]));
  for (const entry of data.entries) {
    pieces.get(entry.resource)?.push(pieceOf(entry));
    for (const [other, through] of held(entry, data.resources)) pieces.get(other)?.push(pieceOf({ ...entry, resource: other }, names.get(through)!));
  }
  const groups = new Map<string, Group>();
  const order = (r: Resource): number => (isShared(r, shared) ? 9 : KINDS.indexOf(r.kind));
  for (const resource of [...data.resources].sort((a, b) => order(a) - order(b))) {
    const row = rowOf(resource, pieces.get(resource.key)!, isShared(resource, shared), attributes.get(resource.key) ?? {}, t);
    const known = groups.get(row.group);
    if (known) known.rows.push(row);
    else groups.set(row.group, { key: row.group, label: row.shared ? t('Shared') : spoken(resource.pools[0] ?? resource.kind), rows: [row] });
  }
  return [...groups.values()];
}

function held(entry: Entry, resources: Resource[]): [string, string][] {
  const found: [string, string][] = [];
  for (const r of resources) {
    if (r.key === entry.resource) for (const part of r.parts) found.push([part, r.key]);
    else if (r.parts.includes(entry.resource)) found.push([r.key, entry.resource]);
  }
  return found;
}

const isShared = (r: Resource, shared: Set<string>): boolean => r.pools.length > 0 && r.pools.every((p) => shared.has(p));

function rowOf(r: Resource, pieces: Piece[], shared: boolean, attributes: Record<string, string>, t: (text: string) => string): Row {
  const gender = { female: '♀', male: '♂' }[attributes.gender ?? ''];
  const others = Object.entries(attributes).filter(([name]) => name !== 'gender').map(([, value]) => value);
  const pools = r.kind === 'staff' ? r.pools.map((p) => spoken(p).replace(/ therapists?$/, '').toLowerCase()) : r.pools.slice(1).map(spoken);
  const size = r.kind === 'staff' || (r.kind === 'equipment' && r.capacity === 1) ? '' : `${r.capacity} ${shared ? t('places') : ''}`.trim();
  return {
    key: r.key, resource: r, group: shared ? 'shared' : `${r.kind}/${r.pools[0] ?? ''}`, shared,
    note: [gender, size, ...pools, ...others].filter(Boolean).join(' · ').replace('♀ · ', '♀ ').replace('♂ · ', '♂ '),
    open: r.open.map((o) => ({ start: minutesOf(o.start), end: minutesOf(o.end) })),
    blocks: r.blocks.map((b) => ({ id: b.id, note: b.note, start: minutesOf(b.start), end: minutesOf(b.end) })),
    pieces: pieces.sort((a, b) => a.start - b.start),
    fill: shared ? fillOf(pieces) : [],
  };
}

export const closedTimes = (row: Row, from: number, to: number): { start: number; end: number }[] => closed(row.open, from, to);

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

/** The hours that the picture of these days begins and ends with: the widest that the venue is open on one of them. */
export function hoursOf(catalog: Catalog | null, dates: string[]): [number, number] {
  const read = (text: string): number => Number(text.slice(0, 2)) * 60 + Number(text.slice(3, 5));
  const hours = dates.flatMap((date): { from: string; to: string }[] => {
    const exception = catalog?.venue.exceptions?.find((e) => e.date === date);
    if (exception) return exception.hours ?? [];
    return (catalog?.venue.hours ?? []).filter((h) => h.days.includes(DAYS[weekday(date)]));
  });
  if (!hours.length) return [8 * 60, 18 * 60];
  const first = Math.min(...hours.map((h) => read(h.from)));
  const last = Math.max(...hours.map((h) => (read(h.to) <= read(h.from) ? 1440 : read(h.to))));
  return [Math.floor(first / 60) * 60, Math.ceil(last / 60) * 60];
}

// --- colours, by the kind of order

export type Hue = 'spa' | 'single' | 'couple' | 'meeting';

export function hueOf(entry: { package: string; participants: number }, packages: Map<string, Product>): Hue {
  const product = packages.get(entry.package);
  if (!product || product.kind !== 'package') return 'single';
  const takesARoom = (product.components ?? []).some((c) => c.quantity === 'one' && c.product);
  if (takesARoom) return 'meeting';
  return entry.participants === 2 ? 'couple' : 'spa';
}

/** Who it is, as short as it is clear: `Berg 1/4`. */
export function whoOf(entry: Entry): string {
  const name = entry.customer ? shortName(entry.customer) : `#${entry.number}`;
  const { guests, participants } = entry;
  if (participants === 1) return name;
  if (guests.length === 0 || guests.length === participants) return `${name} · ${participants}`;
  const numbers = guests.length === 1 ? `${guests[0]}` : `${guests[0]}–${guests[guests.length - 1]}`;
  return `${name} ${numbers}/${participants}`;
}

/** The family name of a person; an organisation's name stays whole. */
function shortName(name: string): string {
  const parts = name.split(/\s+/);
  return parts.length >= 2 && parts.length <= 3 && parts.every((p) => /^\p{Lu}[\p{Ll}'’-]+/u.test(p)) ? parts[parts.length - 1] : name;
}
