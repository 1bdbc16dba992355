// Instants are minutes since the epoch; wall-clock times are those of the venue's zone. A day may have 23 or 25 hours.

const offsets = new Map<string, Map<number, number>>();
const formatters = new Map<string, Intl.DateTimeFormat>();
const QUARTER = 15;

export const minutesOf = (iso: string): number => Date.parse(iso) / 60_000;
export const isoOf = (minutes: number): string => new Date(minutes * 60_000).toISOString().slice(0, 16) + 'Z';

/** What the zone's clock is ahead of UTC at that instant, in minutes. */
export function offset(zone: string, minutes: number): number {
  let known = offsets.get(zone);
  if (!known) offsets.set(zone, (known = new Map()));
  const quarter = Math.floor(minutes / QUARTER);
  let found = known.get(quarter);
  if (found === undefined) {
    let formatter = formatters.get(zone);
    if (!formatter) {
      formatter = new Intl.DateTimeFormat('en-US', {
        timeZone: zone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric',
      });
      formatters.set(zone, formatter);
    }
    const part: Record<string, number> = {};
    for (const { type, value } of formatter.formatToParts(quarter * QUARTER * 60_000)) part[type] = Number(value);
    found = Date.UTC(part.year, part.month - 1, part.day, part.hour, part.minute) / 60_000 - quarter * QUARTER;
    known.set(quarter, found);
  }
  return found;
}

const shifted = (zone: string, minutes: number): Date => new Date((minutes + offset(zone, minutes)) * 60_000);

/** The local date, `2026-12-05`. */
export const dateOf = (zone: string, minutes: number): string => shifted(zone, minutes).toISOString().slice(0, 10);
/** The local time, `10:00`. */
export const clockOf = (zone: string, minutes: number): string => shifted(zone, minutes).toISOString().slice(11, 16);
/** Minutes after local midnight, on the wall. */
export function wallMinutes(zone: string, minutes: number): number {
  const at = shifted(zone, minutes);
  return at.getUTCHours() * 60 + at.getUTCMinutes();
}

/** The instant of a wall-clock time; one that does not exist is the first after the gap, one that exists twice the first. */
export function instantOf(zone: string, date: string, wall: number): number {
  const naive = Date.parse(`${date}T00:00Z`) / 60_000 + wall;
  const before = offset(zone, naive - 1440), after = offset(zone, naive + 1440);
  for (const at of [naive - before, naive - after].sort((a, b) => a - b)) if (at + offset(zone, at) === naive) return at;
  return naive - Math.min(before, after); // in a gap: as if the clock had not gone forward yet
}

export function addDays(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}
/** 0 is Monday. */
export const weekday = (date: string): number => (new Date(`${date}T00:00Z`).getUTCDay() + 6) % 7;
export const mondayOf = (date: string): string => addDays(date, -weekday(date));
export const dayNumber = (first: string, date: string): number =>
  Math.round((Date.parse(`${date}T00:00Z`) - Date.parse(`${first}T00:00Z`)) / 86_400_000) + 1;

/** Minutes after midnight of what a person types: `9`, `930`, `9:30`, `09.30`; null where it is no time. */
export function readClock(text: string): number | null {
  const match = /^\s*(\d{1,2})(?:[:. ]?(\d{2}))?\s*$/.exec(text);
  if (!match) return null;
  const [hours, minutes] = [Number(match[1]), Number(match[2] ?? 0)];
  return hours <= 24 && minutes < 60 && hours * 60 + minutes <= 1440 ? hours * 60 + minutes : null;
}
export const clockText = (minutes: number): string =>
  `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;

/** A date as a person types it, near another: `2026-12-05`, `5/12`, `5`, `+3`, `fri`; null where it is none. */
export function readDate(text: string, near: string): string | null {
  const given = text.trim().toLowerCase();
  let match = /^(\d{4})-?(\d{2})-?(\d{2})$/.exec(given);
  if (match) return valid(+match[1], +match[2], +match[3]);
  match = /^([+-]\d{1,3})$/.exec(given);
  if (match) return addDays(near, Number(match[1]));
  match = /^(\d{1,2})(?:[/. -](\d{1,2}))?$/.exec(given);
  if (!match) return null;
  const [year, month] = [Number(near.slice(0, 4)), Number(match[2] ?? near.slice(5, 7))];
  const found = valid(year, month, Number(match[1]));
  if (!found || found >= addDays(near, -180)) return found;
  return valid(year + 1, month, Number(match[1]));
}

function valid(year: number, month: number, day: number): string | null {
  const at = new Date(Date.UTC(year, month - 1, day));
  return at.getUTCMonth() === month - 1 && at.getUTCDate() === day ? at.toISOString().slice(0, 10) : null;
}
