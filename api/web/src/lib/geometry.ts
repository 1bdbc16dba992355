// Where things stand on the calendar: pure functions of time and size, in minutes and pixels.

import type { Entry, Resource } from './types';
import { addDays, clockOf, instantOf, minutesOf, wallMinutes } from './time';

export const GROUP_HEIGHT = 26;
export interface Segment { date: string; start: number; end: number; x: number }
/** The times that are drawn, day by day; between two segments the time is left out. */
export interface Axis { zone: string; segments: Segment[]; scale: number; width: number }
export interface Tick { at: number; x: number; label: string; whole: boolean }
export interface Span { start: number; end: number }

/** An entry in minutes. `through` names the hall or part by which a resource is held without being booked itself. */
export interface Piece {
  id: string; entry: Entry; start: number; end: number; heldFrom: number; heldTo: number; through: string | null;
}
export interface Row {
  key: string; resource: Resource; group: string; note: string; shared: boolean; open: Span[];
  blocks: { id: string; note: string; start: number; end: number }[]; pieces: Piece[]; fill: Step[];
}
export interface Group { key: string; label: string; rows: Row[] }
export type Item = { kind: 'group'; y: number; height: number; group: Group; folded: boolean } | { kind: 'row'; y: number; height: number; row: Row };
export interface Step extends Span { places: number }

export function makeAxis(zone: string, first: string, days: number, hours: [number, number], scale: number): Axis {
  const segments: Segment[] = [];
  let x = 0;
  for (let n = 0; n < days; n++) {
    const date = addDays(first, n);
    const start = instantOf(zone, date, hours[0]);
    const end = hours[1] >= 1440 ? instantOf(zone, addDays(date, 1), hours[1] - 1440) : instantOf(zone, date, hours[1]);
    segments.push({ date, start, end, x });
    x += (end - start) * scale;
  }
  return { zone, segments, scale, width: x };
}

/** The place of an instant; one that is left out stands at the nearest edge before it. */
export function xOf(axis: Axis, at: number): number {
  let x = 0;
  for (const segment of axis.segments) {
    if (at < segment.start) return x;
    x = segment.x + (Math.min(at, segment.end) - segment.start) * axis.scale;
    if (at <= segment.end) return x;
  }
  return x;
}

export function timeAt(axis: Axis, x: number): number {
  const segment = axis.segments.findLast((s) => s.x <= x) ?? axis.segments[0];
  return Math.min(segment.end, segment.start + (x - segment.x) / axis.scale);
}

export const isDrawn = (axis: Axis, at: number): boolean => axis.segments.some((s) => s.start <= at && at < s.end);
/** Whether some of [start, end) is drawn. */
export const touches = (axis: Axis, start: number, end: number): boolean =>
  axis.segments.some((s) => start < s.end && s.start < end);

export function ticks(axis: Axis): Tick[] {
  const wanted = 44; // pixels for a label
  const every = [15, 30, 60, 120, 180, 360].find((m) => m * axis.scale >= wanted) ?? 720;
  const found: Tick[] = [];
  for (const segment of axis.segments) {
    const first = segment.start + ((every - (wallMinutes(axis.zone, segment.start) % every)) % every);
    for (let at = first; at < segment.end - 10; at += every) {
      const label = clockOf(axis.zone, at);
      const whole = label.endsWith(':00');
      found.push({ at, x: segment.x + (at - segment.start) * axis.scale, label: every >= 60 && whole ? label.slice(0, 2) : label, whole });
    }
  }
  return found;
}

/** The nearest time of the grid: minutes after local midnight that divide by it. */
export function snap(zone: string, at: number, grid: number): number {
  const wall = wallMinutes(zone, Math.round(at));
  return Math.round(at) - wall + Math.round(wall / grid) * grid;
}

/** The next drawn time, `step` minutes on; over the edge of a day into the next one. */
export function stepped(axis: Axis, at: number, step: number): number {
  const segments = axis.segments;
  const here = segments.findIndex((s) => s.start <= at && at < s.end);
  if (here < 0) return Math.max(segments[0].start, Math.min(at, segments[segments.length - 1].end - Math.abs(step)));
  const wall = wallMinutes(axis.zone, at), grid = Math.abs(step);
  const to = step > 0 ? at - (wall % grid) + grid : at - (wall % grid || grid);
  if (to >= segments[here].end) return segments[here + 1]?.start ?? at;
  if (to < segments[here].start) return segments[here - 1] ? Math.max(segments[here - 1].end - grid, segments[here - 1].start) : segments[here].start;
  return to;
}

export function layout(groups: Group[], folded: ReadonlySet<string>, rowHeight: number): { items: Item[]; height: number } {
  const items: Item[] = [];
  let y = 0;
  for (const group of groups) {
    const isFolded = folded.has(group.key);
    items.push({ kind: 'group', y, height: GROUP_HEIGHT, group, folded: isFolded });
    y += GROUP_HEIGHT;
    if (isFolded) continue;
    for (const row of group.rows) {
      items.push({ kind: 'row', y, height: rowHeight, row });
      y += rowHeight;
    }
  }
  return { items, height: y };
}

/** The items that stand in [top, bottom): the rest is not drawn. */
export function visible(items: Item[], top: number, bottom: number): Item[] {
  return items.filter((item) => item.y < bottom && item.y + item.height > top);
}

/** How many places are held, as steps between the times at which that changes. */
export function fillOf(pieces: { heldFrom: number; heldTo: number; entry: { places: number } }[]): Step[] {
  const changes = new Map<number, number>();
  for (const { heldFrom, heldTo, entry } of pieces) {
    changes.set(heldFrom, (changes.get(heldFrom) ?? 0) + entry.places);
    changes.set(heldTo, (changes.get(heldTo) ?? 0) - entry.places);
  }
  const steps: Step[] = [];
  let places = 0, since = 0;
  for (const at of [...changes.keys()].sort((a, b) => a - b)) {
    const difference = changes.get(at)!;
    if (difference === 0) continue;
    if (places > 0) steps.push({ start: since, end: at, places });
    places += difference;
    since = at;
  }
  return steps;
}

/** What is left of [from, to) without the intervals: the closed time. */
export function closed(open: Span[], from: number, to: number): Span[] {
  const found: Span[] = [];
  let at = from;
  for (const { start, end } of open) {
    if (start > at) found.push({ start: at, end: Math.min(start, to) });
    at = Math.max(at, end);
  }
  if (at < to) found.push({ start: at, end: to });
  return found;
}

export function pieceOf(entry: Entry, through: string | null = null): Piece {
  const heldFrom = minutesOf(entry.held_from), heldTo = minutesOf(entry.held_to);
  return {
    id: `${entry.booking}@${entry.resource}`, entry, through, heldFrom, heldTo,
    start: Math.max(minutesOf(entry.start), heldFrom), end: Math.min(minutesOf(entry.end), heldTo),
  };
}
