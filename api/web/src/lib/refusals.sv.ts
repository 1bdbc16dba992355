// Why something is refused, in Swedish: worded from the code and the data of the API, whose own sentences are English.

import { house } from './house.svelte';
import { spoken } from './rows';
import { minutesOf } from './time';
import type { Alternative, Reason } from './types';
import { day } from './words.svelte';

interface Told { what: string; pool: string; when: string; list: string }

const REASONS: Record<string, (told: Told) => string> = {
  before_arrival: ({ what, when }) => `${what}${when} skulle börja innan gästerna kommer.`,
  venue_closed: ({ what, when }) => `Huset är inte öppet för ${what}${when}.`,
  no_open_resource: ({ what, pool, when }) => `Ingen i ${pool} är öppen eller i tjänst för ${what}${when}.`,
  resource_busy: ({ what, pool, when }) => `${pool ? `Alla i ${pool} som passar är upptagna` : 'Den valda resursen är inte ledig'} för ${what}${when}.`,
  too_few_resources: ({ what, pool, when }) => `${what} kräver fler${pool ? ` ur ${pool}` : ''} än som är lediga${when}.`,
  capacity_exceeded: ({ what, pool, when }) => `Alla gäster får inte plats${pool ? ` i ${pool}` : ''} för ${what}${when}.`,
  guest_busy: ({ list }) => `${list} skulle kräva en gäst på två ställen samtidigt, eller tätare än tillåtet.`,
  waiting_too_long: () => 'En gäst skulle få vänta längre än paketet tillåter.',
  order_impossible: ({ what }) => `${what || 'Behandlingarna'} får inte plats i den föreskrivna ordningen.`,
  wish_unmet: ({ what, pool, when }) => `Ingen${pool ? ` i ${pool}` : ''} som gästerna önskar är ledig${what ? ` för ${what}` : ''}${when}.`,
  outside_host: ({ list }) => `${list} går inte ihop: det ena måste ligga inom det andra.`,
  nonexistent_local_time: () => 'Den tiden finns inte: klockan ställs fram då.',
  off_grid: () => 'Tiden ligger mellan husets starttider.',
  jointly_infeasible: ({ list }) => `${list} går var för sig, men inte tillsammans med de rum och den personal som är lediga.`,
};

const REFUSALS: Record<string, string> = {
  unreachable: 'Servern kan inte nås.',
  unavailable: 'Databasen svarar inte just nu; inget har ändrats. Försök igen.',
  defect: 'Något gick fel på servern; det är loggat.',
  undecided: 'Det hann inte avgöras. Försök igen.',
  no_key: 'Du är inte inloggad längre.',
  not_allowed: 'Din roll får inte göra det här.',
  not_found: 'Det finns inte längre.',
  stale: 'Någon annan har ändrat det här under tiden.',
  plan_outdated: 'Läget har ändrats sedan förhandsvisningen.',
  lost_race: 'Någon annan hann före.',
  in_progress: 'Samma ändring pågår redan.',
  too_many_requests: 'För många försök: vänta en stund.',
  cancelled: 'Det är avbokat.',
  hold_expired: 'Reservationen har gått ut.',
  nothing_to_undo: 'Det finns inget att ångra.',
  too_late: 'Det är för sent att ändra.',
  resource_retired: 'Resursen är tagen ur bruk.',
  resource_not_used: 'Inget i det här använder den resursen.',
  bookings_stand_there: 'Det står bokningar där: flytta dem först.',
  unpriced: 'Något i det här saknar pris och kan inte säljas.',
  discount_refused: 'Rabatten kan inte ges.',
  price_refused: 'Priset kan inte sättas.',
  refund_too_large: 'Mer än vad som är betalt kan inte betalas tillbaka.',
  method_not_taken: 'Det betalsättet tas inte emot här.',
  credit_gone: 'Tillgodohavandet har hunnit användas.',
  credit_expired: 'Tillgodohavandet har gått ut.',
  credits_used: 'Något av tillgodohavandet är redan använt.',
  empty_sale: 'Köpet är tomt.',
  line_locked: 'Raden är låst: ta bort den och slå in den igen.',
  not_sold: 'Det säljs inte till kunder.',
  no_address: 'Ingen på ordern har en e-postadress.',
  no_server: 'Ingen e-postserver är inställd.',
};

export function reasonInSwedish(reason: Reason): string {
  const word = REASONS[reason.code];
  return word ? word(told(reason)).replace(/\.+$/, '.') : reason.sentence;
}

export function refusalInSwedish(code: string, sentence: string, reasons: Reason[]): string {
  return reasons[0] ? reasonInSwedish(reasons[0]) : (REFUSALS[code] ?? sentence);
}

export function alternativeInSwedish({ kind, sentence, start, rule, value }: Alternative): string {
  if (start) return `${kind === 'same_day' ? '' : `${day(house.dateAt(start))} `}kl. ${house.clock(start)} går`.replace(/^k/, 'K');
  if (rule === 'waiting') return `Det går om gästerna får vänta ${value} minuter`;
  if (rule === 'wishes') return 'Det går om önskemålen om terapeut inte behöver uppfyllas';
  if (rule === 'order') return 'Det går om behandlingarnas ordning får ändras';
  return sentence;
}

function told({ component = '', components = [], pool = '', start, end }: Reason): Told {
  const product = productOf(component);
  const isFixed = start && end && product?.duration_minutes === minutesOf(end) - minutesOf(start);
  const names = components.map(nameOf);
  return {
    what: nameOf(component),
    pool: spoken(pool).toLowerCase(),
    when: start ? `${isFixed ? ` kl. ${house.clock(start)}` : ''} ${day(house.dateAt(start))}` : '',
    list: names.length > 1 ? `${names.slice(0, -1).join(', ')} och ${names[names.length - 1]}` : (names[0] ?? nameOf(component)),
  };
}

const productOf = (component: string) => {
  const of = (house.catalog?.products ?? []).flatMap((p) => p.components ?? []).find((c) => (c.key || c.product) === component);
  return house.product(of?.product ?? component);
};
const nameOf = (component: string): string => productOf(component)?.name || component;
