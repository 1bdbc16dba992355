// The lists of the house, as tables: the same rows are shown, printed and written as CSV.

import { calendar } from '../lib/calendar.svelte';

import { house } from '../lib/house.svelte';
import { whoOf } from '../lib/rows';
import { addDays, instantOf } from '../lib/time';
import type { Booking, Order, Product } from '../lib/types';
import { day, t } from '../lib/words.svelte';
import { range, where } from '../panel/changes';

export interface Line { cells: string[]; order: string }
export interface Section { title: string; note: string; lines: Line[] }
export interface Sheet { title: string; columns: string[]; sections: Section[] }

const isGoods = (p: Product | undefined): boolean => p?.kind === 'item' || p?.kind === 'stock_item';

/** Who is where on that date, by resource: from the calendar that is shown. */
export function daySheet(date: string): Sheet {
  const [from, to] = [instantOf(house.zone, date, 0), instantOf(house.zone, addDays(date, 1), 0)];
  const sections = calendar.groups.flatMap((g) => g.rows).map((row) => ({
    title: row.resource.name,
    note: [row.note, ...row.blocks.filter((b) => b.start < to && from < b.end).map((b) => `${house.clock(b.start)}–${house.clock(b.end)} ${b.note || t('Out of use')}`)].filter(Boolean).join(' · '),
    lines: row.pieces.filter((p) => !p.through && p.start < to && from < p.end).map((p) => ({
      order: p.entry.order,
      cells: [`${house.clock(p.start)}–${house.clock(p.end)}`, whoOf(p.entry), p.entry.guest_names.filter(Boolean).join(', '), p.entry.name,
        [p.entry.message, p.entry.status === 'held' ? t('held until {time}', { time: house.until(p.entry.held_until) }) : ''].filter(Boolean).join(' · ')],
    })),
  })).filter((s) => s.lines.length || s.note.includes('–'));
  return { title: `${t('Day sheet')} · ${day(date, 'long')}`, columns: [t('Time'), t('Customer'), t('Guests'), t('What'), t('Message')], sections };
}

const on = (b: Booking, date: string, orders: Order): boolean => {
  if (b.status === 'cancelled') return false;
  if (b.start) return house.dateAt(b.start) === date;
  const line = orders.lines.find((l) => l.id === b.line)!;
  return dateOfGoods(b, line.start, orders) === date;
};
/** Goods without a time are served with what they go with, else on the day of their component. */
function dateOfGoods(b: Booking, start: string, order: Order): string {
  return addDays(house.dateAt(start), (specOf(b, order)?.day ?? 1) - 1);
}
function specOf(b: Booking, order: Order) {
  const key = order.lines.find((l) => l.id === b.line)?.package;
  return house.product(key ?? '')?.components?.find((c) => (c.key ?? c.product) === b.component);
}
/** The time that goods are wanted: their own, else that of what they go with. */
function timeOf(b: Booking, order: Order): string | null {
  if (b.start) return b.start;
  const host = specOf(b, order)?.associated_with;
  const starts = order.bookings.filter((x) => x.line === b.line && x.component === host && x.start && x.status !== 'cancelled').map((x) => x.start!).sort();
  return starts[0] ?? null;
}

/** Every order of the date with all that happens to it that day. */
export function functionSheet(orders: Order[], date: string): Sheet {
  const sections = orders.map((order) => {
    const people = order.lines.reduce((n, l) => n + (l.status === 'cancelled' ? 0 : l.participants), 0);
    const merged = new Map<string, { b: Booking[]; time: string | null }>();
    for (const b of order.bookings.filter((x) => on(x, date, order))) {
      const time = timeOf(b, order);
      const key = `${time}/${b.component}/${b.message}/${where(b)}`;
      merged.set(key, { time, b: [...(merged.get(key)?.b ?? []), b] });
    }
    const lines = [...merged.values()].sort((a, z) => (a.time ?? '~').localeCompare(z.time ?? '~')).map(({ b, time }) => ({
      order: order.id,
      cells: [time ? `${house.clock(time)}${b[0].end ? `–${house.clock(b[0].end)}` : ''}` : '', house.productName(b[0].product), String(b.reduce((n, x) => n + x.quantity, 0)), where(b[0]),
        [b[0].message, b[0].end && b[0].guests.length < people && b[0].guests.length ? t('guest {list}|guests {list}', { n: b[0].guests.length, list: range(b.flatMap((x) => x.guests)) }) : ''].filter(Boolean).join(' · ')],
    }));
    return {
      title: `${order.customer?.name ?? `#${order.number}`} · ${order.lines.map((l) => l.name).join(' + ')} · ${people}`,
      note: [`#${order.number}`, order.customer?.phone, order.status === 'held' ? t('held') : '', order.note].filter(Boolean).join(' · '), lines, at: lines[0]?.cells[0] ?? '~',
    };
  }).filter((s) => s.lines.length).sort((a, b) => a.at.localeCompare(b.at));
  return { title: `${t('Function sheet')} · ${day(date, 'long')}`, columns: [t('Time'), t('What'), t('Quantity'), t('Where'), t('Message')], sections };
}

/** What has to be made when, how much and where, for the categories chosen. */
export function kitchenList(orders: Order[], date: string, categories: ReadonlySet<string>): Sheet {
  const byTime = new Map<string, Map<string, { product: string; place: string; units: number; notes: string[]; order: string }>>();
  for (const order of orders) for (const b of order.bookings) {
    const product = house.product(b.product);
    if (!on(b, date, order) || !categories.has(product?.category ?? '')) continue;
    const time = house.clock(timeOf(b, order)) || t('any time');
    const place = b.place ? calendar.name(b.place) : '';
    const key = `${b.product}/${place}`;
    const rows = byTime.get(time) ?? byTime.set(time, new Map()).get(time)!;
    const row = rows.get(key) ?? rows.set(key, { product: house.productName(b.product), place, units: 0, notes: [], order: order.id }).get(key)!;
    const units = b.quantity * (isGoods(product) ? (specOf(b, order)?.count ?? 1) : 1);
    row.units += units;
    if (b.message) row.notes.push(`${order.customer?.name ?? `#${order.number}`} (${units}): ${b.message}`);
  }
  const sections = [...byTime].sort((a, b) => a[0].localeCompare(b[0])).map(([title, rows]) => ({
    title, note: '', lines: [...rows.values()].filter((r) => r.units > 0).map((r) => ({ order: r.order, cells: [String(r.units), r.product, r.place, [...new Set(r.notes)].join(' · ')] })),
  })).filter((s) => s.lines.length);
  return { title: `${t('Kitchen list')} · ${day(date, 'long')}`, columns: [t('Quantity'), t('What'), t('Where'), t('Message')], sections };
}

/** The categories that can be cooked, poured or laid out; those that sound like it come first. */
export function kitchenCategories(): { all: string[]; likely: string[] } {
  const all = [...new Set([...house.products.values()].filter((p) => p.kind === 'service' || isGoods(p)).map((p) => p.category ?? ''))].sort();
  const sounds = /food|drink|meal|kitchen|restaurant|coffee|mat|dryck|kök|fika|kaffe/i;
  return { all, likely: all.filter((c) => sounds.test(c)) };
}

export function csv(sheet: Sheet): string {
  const rows = [[t('Section'), ...sheet.columns], ...sheet.sections.flatMap((s) => s.lines.map((l) => [s.title, ...l.cells]))];
  // A cell that a spreadsheet would take for a formula is text.
  const cell = (text: string): string => `"${(/^\s*[=+\-@＝＋－＠]|^[\t\r\n]/.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;
  return '\ufeff' + rows.map((row) => row.map(cell).join(',')).join('\r\n') + '\r\n';
}

// --- what changed since the last print

const KEPT = 'sojourn.printed';
type Printed = Record<string, { at: number; versions: Record<string, number> }>;
const printed = (): Printed => { try { return JSON.parse(localStorage.getItem(KEPT) ?? '{}'); } catch { return {}; } };

export function changedSince(name: string, orders: Order[]): { at: number | null; orders: Set<string> } {
  const last = printed()[name];
  return { at: last?.at ?? null, orders: new Set(last ? orders.filter((o) => last.versions[o.id] !== o.version).map((o) => o.id) : []) };
}
export function remember(name: string, orders: Order[]): void {
  const kept = Object.entries({ ...printed(), [name]: { at: Date.now(), versions: Object.fromEntries(orders.map((o) => [o.id, o.version])) } });
  localStorage.setItem(KEPT, JSON.stringify(Object.fromEntries(kept.slice(-20))));
}
