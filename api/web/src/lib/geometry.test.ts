import { expect, test } from 'vitest';
import { closed, fillOf, layout, makeAxis, snap, stepped, ticks, timeAt, visible, xOf, type Group } from './geometry';
import { clockOf, instantOf } from './time';

const ZONE = 'Europe/Stockholm';
const day = makeAxis(ZONE, '2026-12-05', 1, [480, 1200], 1);
const week = makeAxis(ZONE, '2026-11-30', 7, [480, 1200], 0.1);

test('a time and its place are each other’s inverse, over days with left-out nights too', () => {
  for (const axis of [day, week]) for (const { date } of axis.segments) {
    const at = instantOf(ZONE, date, 615);
    expect(timeAt(axis, xOf(axis, at))).toBeCloseTo(at);
  }
});
test('what is left out stands at the edge before it', () => {
  expect(xOf(week, instantOf(ZONE, '2026-12-01', 60))).toBe(xOf(week, instantOf(ZONE, '2026-11-30', 1200)));
});
test('a whole day of the spring change is an hour shorter', () => {
  expect(makeAxis(ZONE, '2026-03-29', 1, [0, 1440], 1).width).toBe(23 * 60);
});
test('its hours are labelled by the wall: two does not exist', () => {
  expect(ticks(makeAxis(ZONE, '2026-03-29', 1, [0, 1440], 1)).slice(0, 4).map((m) => m.label)).toEqual(['00', '01', '03', '04']);
});
test('the cursor steps to the next time of its grid, and over the night into the next day', () => {
  const at = instantOf(ZONE, '2026-11-30', 607);
  expect([15, -15].map((step) => clockOf(ZONE, stepped(week, at, step)))).toEqual(['10:15', '10:00']);
  expect(stepped(week, instantOf(ZONE, '2026-11-30', 1140), 60)).toBe(instantOf(ZONE, '2026-12-01', 480));
});
test('a dragged time snaps to the grid of the wall', () => expect(clockOf(ZONE, snap(ZONE, instantOf(ZONE, '2026-12-05', 608), 15))).toBe('10:15'));
test('shared places add up while they are held together', () => {
  const held = (heldFrom: number, heldTo: number, places: number) => ({ heldFrom, heldTo, entry: { places } });
  expect(fillOf([held(0, 60, 2), held(30, 90, 3), held(90, 120, 3)])).toEqual([
    { start: 0, end: 30, places: 2 }, { start: 30, end: 60, places: 5 }, { start: 60, end: 120, places: 3 },
  ]);
});
test('closed is what is not open', () => expect(closed([{ start: 10, end: 20 }], 0, 30)).toEqual([{ start: 0, end: 10 }, { start: 20, end: 30 }]));
test('of many rows only those in sight are drawn', () => {
  const groups = [{ key: 'g', label: 'G', rows: Array.from({ length: 500 }, (_, n) => ({ key: `r${n}` })) }] as unknown as Group[];
  const { items, height } = layout(groups, new Set(), 44);
  expect(height).toBe(26 + 500 * 44);
  expect(visible(items, 4400, 5000).length).toBeLessThan(17);
  expect(layout(groups, new Set(['g']), 44).items).toHaveLength(1);
});
