// What a change does, as sentences: the same words in every preview.

import { calendar } from '../lib/calendar.svelte';

import { desk } from '../lib/desk.svelte';
import { house } from '../lib/house.svelte';
import type { Booking, Change, Order } from '../lib/types';
import { day, t } from '../lib/words.svelte';

export function sentences(changes: Change[], order: Order): string[] {
  const said = changes.map((c) => sentence(c, order)).filter(Boolean);
  const counted = new Map<string, number>();
  for (const text of said) counted.set(text, (counted.get(text) ?? 0) + 1);
  return [...counted].map(([text, n]) => (n > 1 ? `${text} × ${n}` : text));
}

function sentence({ kind, was, now }: Change, order: Order): string {
  const b = now ?? was;
  if (!b) return '';
  const what = `${house.productName(b.product)}${guestsOf(b, order)}`;
  switch (kind) {
    case 'added': return t('{what} {when}, {where}: added', { what, when: when(b), where: where(b) });
    case 'cancelled': return t('{what} {when} cancelled, {where} free', { what, when: was ? when(was) : '', where: was ? where(was) : '' });
    case 'moved': if (was && now && was.start === now.start) return t('{what} {when}: until {now}, not {was}', { what, when: when(now), now: house.clock(now.end), was: house.clock(was.end) });
      return t('{what} {was} → {now}', { what, was: was ? when(was) : '', now: now ? `${when(now)}${moved(was, now)}` : '' });
    case 'reassigned': return t('{what} {when}: {was} → {now}', { what, when: when(b), was: was ? where(was) : '', now: now ? where(now) : '' });
    case 'resized': if (was && now && was.quantity === now.quantity) return t('{what}: {was} → {now} guests', { what: house.productName(b.product), was: was.guests.length, now: now.guests.length });
      return t('{what}: {was} → {now}', { what: house.productName(b.product), was: was?.quantity ?? 0, now: now?.quantity ?? 0 }) + kept(b, order);
  }
}

/** The difference that staff made and that the change keeps (S3-35). */
function kept(b: Booking, order: Order): string {
  const of = (o: Order | null): number => o?.lines.find((l) => l.id === b.line)?.adjustments[b.component]?.difference ?? 0;
  const difference = of(order);
  return difference && of(desk.order) === difference ? ` (${t('keeps your {difference}', { difference: difference > 0 ? `+${difference}` : `−${-difference}` })})` : '';
}

/** Who is written to and how many entries in calendars change. */
export function goesOut(order: Order): string {
  const mails = order.mails?.length ?? 0;
  const entries = (order.changes ?? []).filter((c) => c.kind !== 'resized' && (c.now ?? c.was)?.end).length;
  return [
    mails ? t('{n} mail|{n} mails', { n: mails }) : '',
    entries && mails ? t('{n} calendar entry|{n} calendar entries', { n: entries }) : '',
  ].filter(Boolean).join(', ');
}

const moved = (was: Booking | null, now: Booking): string => (was && where(was) !== where(now) ? `, ${where(now)}` : '');

export function where(b: Booking): string {
  const names = b.allocations.map((a) => calendar.name(a.resource));
  return names.length ? names.join(' · ') : b.place ? t('at {place}', { place: calendar.name(b.place) }) : '–';
}

function when(b: Booking): string {
  if (!b.start) return '';
  const date = house.dateAt(b.start);
  return date === calendar.date ? house.clock(b.start) : `${day(date)} ${house.clock(b.start)}`;
}

function guestsOf(b: Booking, order: Order): string {
  const party = order.lines.find((l) => l.id === b.line)?.participants ?? 0;
  if (!b.end || party <= 1 || b.guests.length >= party) return '';
  return ` (${range(b.guests)})`;
}

/** `1–3, 5` */
export function range(numbers: number[]): string {
  const parts: [number, number][] = [];
  for (const n of [...numbers].sort((a, b) => a - b)) {
    const last = parts[parts.length - 1];
    if (last && last[1] === n - 1) last[1] = n;
    else parts.push([n, n]);
  }
  return parts.map(([a, b]) => (a === b ? `${a}` : `${a}–${b}`)).join(', ');
}
