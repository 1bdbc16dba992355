// What the API sends, as far as the page reads it (the reference is /v1/openapi.json).

export interface Me { role: string; name: string; resource: string | null; venues: VenueName[] }
export interface VenueName { key: string; name: string; time_zone: string; currency: string }

export interface Span { start: string; end: string }
export interface Block extends Span { id: string; resource: string; note: string }
export interface Resource {
  key: string; name: string; kind: string; pools: string[]; capacity: number; parts: string[];
  open: Span[]; blocks: Block[];
}
export type Use = 'exclusive' | 'seated' | 'shared';
export type Status = 'held' | 'confirmed' | 'cancelled';
export interface Entry {
  resource: string; held_from: string; held_to: string; use: Use; places: number;
  booking: string; order: string; number: number; line: string; component: string; product: string;
  name: string; customer: string; package: string; guests: number[]; guest_names: string[];
  participants: number; quantity: number; start: string; end: string; status: Status;
  held_until: string | null; message: string; locked: boolean; warnings: string[];
}
export interface CalendarData {
  start: string; end: string; time_zone: string; grid_minutes: number; event: number;
  resources: Resource[]; entries: Entry[];
}

export interface Customer { id: string; name: string; email: string; phone: string; tier: string | null }
export interface Allocation { resource: string; pool: string; use: Use; places: number; start: string; end: string }
export interface Booking {
  id: string; version: number; order: string; line: string; component: string; product: string; quantity: number;
  guests: number[]; start: string | null; end: string | null; status: Status; message: string; locked: boolean;
  place: string | null; warnings: string[]; allocations: Allocation[];
}
export interface Adjustment { difference: number; excluded: number[]; message: string; cancelled: boolean }
export interface Line {
  id: string; package?: string; product?: string; name: string; participants: number; start: string; end: string;
  status: Status; adjustments: Record<string, Adjustment>;
}
export interface PriceLine {
  line: number; component: string; product: string; quantity: number; count: number; multiplier: number;
  unit_price: string; discount: string; amount: string; price_list: string | null; why: string;
}
export interface Price {
  total: string; lines: PriceLine[]; taxes: { rate: string; net: string; tax: string; gross: string }[];
  installments: { due: string; amount: string }[];
}
export interface Guest {
  line: string; number: number; name: string; required: Record<string, string>; preferred: Record<string, string>;
}
export interface Change {
  kind: 'added' | 'moved' | 'reassigned' | 'resized' | 'cancelled';
  booking: string; component: string; was: Booking | null; now: Booking | null;
}
export interface Order {
  id: string; number: number | null; version: number; status: Status; held_until: string | null;
  package?: string; product?: string; participants?: number; start?: string; end: string;
  customer: Customer | null; note: string; lines: Line[]; guests: Guest[]; bookings: Booking[]; price: Price;
  calendar_url: string | null; optimal: boolean;
  changes?: Change[]; price_difference?: string; warnings?: string[]; plan?: string;
}
export interface Version { version: number; at: string; what: string; role: string; by: string }

export interface Reason { code: string; sentence: string; component?: string; held_by?: string[] }
export interface Alternative {
  kind: 'same_day' | 'other_day' | 'relaxed'; sentence: string; start?: string; rule?: string; value?: number;
}
export interface Slots {
  slots: { start: string; end: string | null }[]; complete: boolean; unknown_from: string | null; next: string | null;
  refused?: { start: string; reasons: Reason[] }[];
}

// The catalog document (defaults are left out of it).
export interface Hours { days: string[]; from: string; to: string }
export interface HoursException { date: string; closed?: boolean; hours?: { from: string; to: string }[] }
export interface Need {
  pool: string; use?: Use; count?: number; before_minutes?: number; after_minutes?: number;
  from_minutes?: number; until_minutes?: number;
}
export interface Component {
  key?: string; product?: string; choices?: string[]; quantity: 'one' | 'one_per_participant'; count?: number;
  day?: number; fixed_start?: string; relative_start_minutes?: number; window?: [string, string];
  associated_with?: string; after?: string[]; attended?: boolean; fixed_end?: string; end_day?: number;
  on_participants_change?: string; tax_split?: Record<string, string>;
}
export interface Product {
  key: string; name?: string; kind: string; category?: string; description?: string; price?: string; cost?: string;
  tax?: string; duration_minutes?: number; group_size?: number | 'all' | null; needs?: Need[]; components?: Component[];
  fulfilment?: string; pricing?: string; price_list?: string; max_waiting_minutes?: number; min_gap_minutes?: number;
  installment_plan?: string; sold_to_customers?: boolean; [field: string]: unknown;
}
export interface CatalogResource {
  key: string; name?: string; kind: string; pools?: string[]; capacity?: number; parts?: string[];
  attributes?: Record<string, string>; hours?: Hours[]; exceptions?: HoursException[];
}
export interface PriceList {
  key: string; name?: string; prices: Record<string, string>; tier?: string; valid_from?: string; valid_until?: string;
  days?: string[];
}
export interface Catalog {
  venue: {
    name?: string; time_zone: string; currency: string; grid_minutes?: number; hours?: Hours[];
    exceptions?: HoursException[]; smallest_useful_gap_minutes?: number;
  };
  settings?: Record<string, unknown>;
  resources?: CatalogResource[]; products?: Product[]; price_lists?: PriceList[];
  taxes?: { key: string; name?: string; rates: { from: string; percent: string }[] }[];
  installment_plans?: { key: string; name?: string; parts: unknown[] }[];
}
