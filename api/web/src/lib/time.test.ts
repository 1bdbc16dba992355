import { expect, test } from 'vitest';
import { clockOf, dateOf, instantOf, mondayOf, readClock, readDate, wallMinutes } from './time';

const STOCKHOLM = 'Europe/Stockholm';
const at = (iso: string): number => Date.parse(iso) / 60000;

test('a wall-clock time is an instant of the zone, in winter and in summer', () => {
  expect(instantOf(STOCKHOLM, '2026-12-05', 600)).toBe(at('2026-12-05T10:00+01:00'));
  expect(instantOf(STOCKHOLM, '2026-07-05', 600)).toBe(at('2026-07-05T10:00+02:00'));
});
test('a time that does not exist in spring is the first after the gap', () => {
  expect(instantOf(STOCKHOLM, '2026-03-29', 150)).toBe(at('2026-03-29T03:30+02:00'));
});
test('a time that exists twice in autumn is the first of the two', () => {
  expect(instantOf(STOCKHOLM, '2026-10-25', 150)).toBe(at('2026-10-25T02:30+02:00'));
});
test('a day has 23, 24 or 25 hours', () => {
  const length = (date: string, next: string): number => (instantOf(STOCKHOLM, next, 0) - instantOf(STOCKHOLM, date, 0)) / 60;
  expect([length('2026-03-29', '2026-03-30'), length('2026-12-05', '2026-12-06'), length('2026-10-25', '2026-10-26')]).toEqual([23, 24, 25]);
});
test('an instant reads by the clock of the zone', () => {
  const moment = at('2026-10-25T02:30+01:00');
  expect([dateOf(STOCKHOLM, moment), clockOf(STOCKHOLM, moment), wallMinutes(STOCKHOLM, moment)]).toEqual(['2026-10-25', '02:30', 150]);
});
test('times are read as people type them', () => {
  expect(['9', '930', '9:30', '09.30', '24', '25:00', 'x'].map(readClock)).toEqual([540, 570, 570, 570, 1440, null, null]);
});
test('dates are read as people type them, forwards from the date at hand', () => {
  expect(['2026-12-05', '5', '5/12', '+3', '2/1', '31/2'].map((d) => readDate(d, '2026-11-22'))).toEqual(['2026-12-05', '2026-11-05', '2026-12-05', '2026-11-25', '2027-01-02', null]);
});
test('a week begins on Monday', () => expect(mondayOf('2026-11-22')).toBe('2026-11-16'));
