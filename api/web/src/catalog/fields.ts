// The fields of the catalog's definitions, as forms show them. What a form leaves empty is left out of the document.

import type { Catalog, Hours } from '../lib/types';
import { t } from '../lib/words.svelte';

export type List = 'venue' | 'settings' | 'resources' | 'products' | 'packages' | 'price_lists';
/** What there is one of. */
export const isSingle = (list: List): list is 'venue' | 'settings' => list === 'venue' || list === 'settings';
export type Definition = Record<string, unknown> & { key: string; name?: string };
export interface Field {
  name: string; label: string; kind: 'text' | 'area' | 'number' | 'choice' | 'list' | 'yes' | 'hours' | 'exceptions' | 'days' | 'date' | 'needs' | 'components' | 'prices' | 'pairs';
  options?: [string, string][]; otherwise?: unknown; wide?: boolean; hint?: string;
}
export const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as Hours['days'];

const ZONES: [string, string][] = Intl.supportedValuesOf('timeZone').map((zone) => [zone, zone.replaceAll('_', ' ')]);

const named = (items: { key: string; name?: string }[] | undefined): [string, string][] => (items ?? []).map((i) => [i.key, i.name ?? i.key]);
const none = (options: [string, string][]): [string, string][] => [['', '–'], ...options];

export function fieldsOf(list: List, catalog: Catalog): Field[] {
  const name: Field[] = [
    { name: 'name', label: t('Name'), kind: 'text' },
    { name: 'key', label: t('Key'), kind: 'text', hint: t('lower-case letters, digits and -; it stays for ever') },
  ];
  if (list === 'venue') {
    const zone = catalog.venue.time_zone;
    return [
      { name: 'name', label: t('Name'), kind: 'text' },
      { name: 'time_zone', label: t('Time zone'), kind: 'choice', options: ZONES.some(([z]) => z === zone) ? ZONES : [[zone, zone], ...ZONES] },
      { name: 'currency', label: t('Currency'), kind: 'text', hint: 'SEK' },
      { name: 'grid_minutes', label: t('Starts are every … minutes'), kind: 'choice', otherwise: 5, options: [1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60].map((n) => [String(n), String(n)]) },
      { name: 'smallest_useful_gap_minutes', label: t('A gap is useful from … minutes'), kind: 'number', otherwise: 30 },
      { name: 'hours', label: t('Opening hours'), kind: 'hours', wide: true },
      { name: 'exceptions', label: t('Exceptions: closed days and other hours'), kind: 'exceptions', wide: true },
    ];
  }
  if (list === 'settings') return [
    { name: 'always_use_package_price_list', label: t('Always use the price list of a package'), kind: 'yes', otherwise: false },
    { name: 'credits_for_free_items', label: t('What costs nothing takes a credit'), kind: 'yes', otherwise: false },
    { name: 'refund_used_packages', label: t('Used packages can be refunded'), kind: 'yes', otherwise: false },
    { name: 'credit_policy', label: t('Which credits are used first'), kind: 'choice', otherwise: 'first_bought', options: [['first_bought', t('those bought first')], ['first_to_expire', t('those that expire first')]] },
    { name: 'customer_notice_hours', label: t('Customers may change until … hours before'), kind: 'number' },
  ];
  if (list === 'resources') return [
    ...name,
    { name: 'kind', label: t('Kind'), kind: 'choice', options: [['staff', t('staff')], ['room', t('room')], ['equipment', t('equipment')]] },
    { name: 'capacity', label: t('Capacity'), kind: 'number', otherwise: 1 },
    { name: 'pools', label: t('Pools'), kind: 'list', hint: t('those of a pool can stand in for each other') },
    { name: 'parts', label: t('Parts'), kind: 'list', hint: t('of a divisible hall: keys of resources') },
    { name: 'attributes', label: t('Attributes'), kind: 'pairs', hint: 'gender = female' },
    { name: 'hours', label: t('Opening hours'), kind: 'hours', wide: true, hint: t('none: those of the venue') },
    { name: 'exceptions', label: t('Exceptions: closed days and other hours'), kind: 'exceptions', wide: true },
  ];
  if (list === 'price_lists') return [
    ...name,
    { name: 'tier', label: t('For customers of the tier'), kind: 'text' },
    { name: 'days', label: t('On weekdays'), kind: 'days', hint: t('none: on all') },
    { name: 'valid_from', label: t('From'), kind: 'date' },
    { name: 'valid_until', label: t('Until'), kind: 'date' },
    { name: 'prices', label: t('Prices'), kind: 'prices', wide: true, hint: t('empty: the standard price') },
  ];
  const common: Field[] = [
    ...name,
    { name: 'category', label: t('Category'), kind: 'text', hint: 'Spa/Massage' },
    { name: 'description', label: t('Description'), kind: 'area', wide: true },
    { name: 'sold_to_customers', label: t('Sold to customers'), kind: 'yes', otherwise: true },
  ];
  if (list === 'packages') return [
    ...common,
    { name: 'fulfilment', label: t('Fulfilment'), kind: 'choice', otherwise: 'booked', options: [['booked', t('booked on the calendar')], ['sale', t('handed over at the sale')], ['customer_stock', t('credited to the customer')]] },
    { name: 'pricing', label: t('Pricing'), kind: 'choice', otherwise: 'sum', options: [['sum', t('the sum of the components')], ['fixed', t('a price of its own')]] },
    { name: 'price', label: t('Price (only where it has one of its own)'), kind: 'text' },
    { name: 'price_list', label: t('Price list'), kind: 'choice', options: none(named(catalog.price_lists)) },
    { name: 'installment_plan', label: t('Installment plan'), kind: 'choice', options: none(named(catalog.installment_plans)) },
    { name: 'max_waiting_minutes', label: t('Max waiting time (minutes)'), kind: 'number' },
    { name: 'min_gap_minutes', label: t('Least time between treatments (minutes)'), kind: 'number' },
    { name: 'components', label: t('Components'), kind: 'components', wide: true },
  ];
  return [
    ...common,
    { name: 'kind', label: t('Kind'), kind: 'choice', options: ['service', 'item', 'stock_item', 'entry', 'value_card'].map((k) => [k, t(k)]) },
    { name: 'price', label: t('Price, VAT included'), kind: 'text' },
    { name: 'cost', label: t('Cost'), kind: 'text' },
    { name: 'tax', label: t('VAT'), kind: 'choice', options: none(named(catalog.taxes)) },
    { name: 'duration_minutes', label: t('Length (minutes)'), kind: 'number' },
    { name: 'group_size', label: t('Guests in a session'), kind: 'text', hint: t('a number, or all') },
    { name: 'commission_eligible', label: t('Gives commission'), kind: 'yes', otherwise: false },
    { name: 'outside_venue_hours', label: t('Also outside the venue’s hours'), kind: 'yes', otherwise: false },
    { name: 'needs', label: t('Needs'), kind: 'needs', wide: true },
  ];
}

/** The definitions of a list; products and packages share one in the document. */
export function definitions(catalog: Catalog, list: List): Definition[] {
  if (isSingle(list)) return [{ ...catalog[list], key: list }];
  if (list === 'resources') return (catalog.resources ?? []) as unknown as Definition[];
  if (list === 'price_lists') return (catalog.price_lists ?? []) as unknown as Definition[];
  return (catalog.products ?? []).filter((p) => (p.kind === 'package') === (list === 'packages')) as Definition[];
}

/** The document with that definition instead of the one of that key (null: without it, or with one more). */
export function replaced(catalog: Catalog, list: List, key: string | null, made: Definition | null): Catalog {
  if (isSingle(list)) {
    const { key: _, ...only } = made!;
    return { ...catalog, [list]: only };
  }
  const name = list === 'packages' ? 'products' : list;
  const all = ((catalog[name] ?? []) as unknown as Definition[]).slice();
  const at = key === null ? -1 : all.findIndex((d) => d.key === key);
  if (at < 0 && made) all.push(made);
  else if (at >= 0) all.splice(at, 1, ...(made ? [made] : []));
  return { ...catalog, [name]: all };
}

/** Without what is empty or as it would be anyway. */
export function tidy(made: Definition, fields: Field[]): Definition {
  const found: Record<string, unknown> = { ...made };
  for (const field of fields) {
    const value = found[field.name];
    const isEmpty = value === undefined || value === null || value === '' || (Array.isArray(value) && !value.length) || (typeof value === 'object' && !Array.isArray(value) && !Object.keys(value!).length);
    if (isEmpty || value === field.otherwise) delete found[field.name];
    if (['group_size', 'grid_minutes'].includes(field.name) && typeof value === 'string' && /^\d+$/.test(value)) found[field.name] = Number(value);
  }
  return found as Definition;
}

/** What a change of the document means, before it is read in. */
export function meaning(was: Definition | null, now: Definition | null, uses: string[], fields: Field[] = []): string[] {
  if (!was) return [t('{name} is new.', { name: now!.name ?? now!.key })];
  if (!now) return [t('{name} is retired: nothing new can be booked with it. Orders keep what they booked.', { name: was.name ?? was.key }), ...uses.map((u) => t('{name} uses it.', { name: u }))];
  const names = [...new Set([...Object.keys(was), ...Object.keys(now)])].filter((n) => JSON.stringify(was[n]) !== JSON.stringify(now[n]));
  const said = names.map((n) => t('{field}: {was} → {now}', { field: fields.find((f) => f.name === n)?.label ?? n.replaceAll('_', ' '), was: brief(was[n]), now: brief(now[n]) }));
  return said.length ? [...said, t('Orders keep what they booked; what is booked from now on follows.')] : [];
}
const brief = (value: unknown): string => {
  const text = value === undefined ? '–' : Array.isArray(value) ? value.map(spoken).join('; ') || '–' : spoken(value);
  return text.length > 90 ? `${text.slice(0, 87)}…` : text;
};
/** A value as somebody would write it down: hours, exceptions, needs, components. */
function spoken(value: unknown): string {
  if (value === true || value === false) return value ? t('yes') : t('no');
  if (typeof value !== 'object' || value === null) return String(value);
  const { days, from, to, date, closed, hours, product, key, pool, ...rest } = value as Record<string, unknown>;
  const clock = from && to ? `${from}–${to}` : '';
  if (days) return `${(days as string[]).map((d) => t(d)).join(' ')} ${clock}`;
  if (date) return `${date} ${closed || !hours ? t('closed') : (hours as unknown[]).map(spoken).join(', ')}`;
  if (clock) return clock;
  const named = key ?? product ?? pool;
  return named ? String(named) : Object.entries(rest).map(([name, v]) => `${name} ${v}`).join(', ');
}
/** Who names the key: packages a product, products a pool through a resource. */
export function usesOf(catalog: Catalog, list: List, key: string): string[] {
  if (list === 'resources') return (catalog.resources ?? []).filter((r) => r.parts?.includes(key)).map((r) => r.name ?? r.key);
  if (list === 'price_lists') return (catalog.products ?? []).filter((p) => p.price_list === key).map((p) => p.name ?? p.key);
  return (catalog.products ?? []).filter((p) => p.components?.some((c) => c.product === key || c.choices?.includes(key))).map((p) => p.name ?? p.key);
}
