// Made by `python -m api.web.make_types` from /v1/openapi.json: not to be edited.

export type AddLineRequest = {
  package?: string;
  product?: string;
  participants?: number;
  start: string;
  resource?: string;
  guests?: GuestWishes[];
  components?: ComponentRequest[];
  discount?: Discount;
  override?: ('arrival' | 'order' | 'resource_hours' | 'venue_hours' | 'waiting' | 'wishes')[];
  plan?: string;
};
export type AdjustedStart = {
  day: number;
  time: string;
};
export type AdjustmentView = {
  difference: number;
  excluded: number[];
  start: AdjustedStart | null;
  message: string;
  cancelled: boolean;
  unit_price: string | null;
  duration_minutes: number | null;
};
export type AffectedView = {
  booking: string;
  order: string;
  number: number;
  start: string;
  end: string;
};
export type AllocationView = {
  resource: string;
  pool: string;
  use: 'exclusive' | 'seated' | 'shared';
  places: number;
  start: string;
  end: string;
};
export type AlternativeBody = {
  kind: string;
  sentence: string;
  start?: string;
  rule?: string;
  value?: number;
};
export type AuditEntryView = {
  id: string;
  at: string;
  what: string;
  by: string | null;
  role: string;
  name: string;
  address: string;
  subject: string | null;
  details: Record<string, string | number | boolean | null>;
};
export type AuditPage = {
  items: AuditEntryView[];
  next: string | null;
};
export type BalanceView = {
  product: string;
  bought: number;
  remaining: number;
  reserved: number;
  used: number;
};
export type BlockBody = {
  resource: string;
  start: string;
  end: string;
  note?: string;
  replan?: boolean;
};
export type BlockView = {
  id: string;
  resource: string;
  start: string;
  end: string;
  note: string;
  calendar: string | null;
};
export type BookingRequest = {
  start?: string;
  quantity?: number;
  duration_minutes?: number | null;
  resources?: string[];
  message?: string;
  locked?: boolean;
  override?: ('arrival' | 'order' | 'resource_hours' | 'venue_hours' | 'waiting' | 'wishes')[];
  plan?: string;
};
export type BookingView = {
  id: string;
  version: number;
  order: string;
  line: string;
  component: string;
  product: string;
  quantity: number;
  guests: number[];
  start: string | null;
  end: string | null;
  status: 'cancelled' | 'confirmed' | 'held';
  message: string;
  locked: boolean;
  place: string | null;
  warnings: string[];
  allocations: AllocationView[];
};
export type CalendarPart = {
  method: 'CANCEL' | 'REQUEST';
  name: string;
  content: string;
};
export type CalendarView = {
  start: string;
  end: string;
  time_zone: string;
  grid_minutes: number;
  event: number;
  resources: RowView[];
  entries: EntryView[];
};
export type CancelRequest = {
  plan?: string;
  waive_fee?: boolean;
};
export type CancellationTerm = {
  days_before: number;
  percent: string;
  tax?: string;
};
export type Catalog = {
  venue: VenueSpec;
  settings?: SettingsSpec;
  resources?: ResourceSpec[];
  taxes?: TaxSpec[];
  products?: ProductSpec[];
  price_lists?: PriceListSpec[];
  installment_plans?: InstallmentPlanSpec[];
};
export type CatalogChange = {
  list: string;
  key: string;
  change: 'added' | 'changed' | 'order' | 'removed';
};
export type CatalogVersionPage = {
  items: CatalogVersionView[];
  next: string | null;
};
export type CatalogVersionView = {
  version: number;
  at: string;
  role: string;
  by: string;
  address: string;
  digest: string;
  changes: CatalogChange[];
};
export type ChangeRequest = {
  participants?: number;
  remove_guests?: number[];
  start?: string;
  guests?: GuestWishes[];
  components?: ComponentRequest[];
  customer?: string | CustomerRequest | null;
  note?: string;
  discount?: Discount | null;
  use_credits?: boolean;
  override?: ('arrival' | 'order' | 'resource_hours' | 'venue_hours' | 'waiting' | 'wishes')[];
  plan?: string;
};
export type ChangeView = {
  kind: 'added' | 'cancelled' | 'moved' | 'reassigned' | 'resized';
  booking: string;
  component: string;
  was: BookingView | null;
  now: BookingView | null;
};
export type ChargeView = {
  id: string;
  version: number;
  at: string;
  kind: string;
  amount: string;
  taxes: TaxRow[];
  what: string;
  by: string;
};
export type ChargesView = {
  items: ChargeView[];
  next: null;
};
export type CommissionView = {
  line: string;
  staff: string;
  product: string;
  quantity: number;
  basis: 'package' | 'retail';
  base: string;
};
export type Component = {
  key?: string;
  product?: string;
  choices?: string[];
  quantity: 'one' | 'one_per_participant';
  count?: number;
  day?: number;
  fixed_start?: string;
  relative_start_minutes?: number;
  window?: [string, string];
  fixed_end?: string;
  end_day?: number;
  associated_with?: string;
  after?: string[];
  attended?: boolean;
  on_participants_change?: 'delta' | 'follow' | 'pinned';
  tax_split?: TaxSplit;
};
export type ComponentRequest = {
  component: string;
  quantity?: number;
  start?: string;
  guests?: number[];
  message?: string;
  unit_price?: string | null;
  duration_minutes?: number | null;
};
export type Counts = {
  created?: number;
  changed?: number;
  retired?: number;
};
export type CreditEntryView = {
  seq: number;
  at: string;
  kind: 'adjust' | 'expire' | 'issue' | 'reserve' | 'return' | 'use';
  quantity: number | string;
  remaining_change: number | string;
  reserved_change: number | string;
  remaining: number | string;
  reserved: number | string;
  value: string;
  valid_until: string | null;
  product: string | null;
  sale: string | null;
  order: string | null;
  line: string | null;
  payment: string | null;
  reason: string;
  role: string;
  by: string;
};
export type CreditPage = {
  items: LotView[];
  balances: BalanceView[];
  next: string | null;
};
export type CustomerExport = {
  exported_at: string;
  customer: Record<string, unknown>[];
  orders: Record<string, unknown>[];
  payments: Record<string, unknown>[];
  sales: Record<string, unknown>[];
  credits: Record<string, unknown>[];
  mails: Record<string, unknown>[];
};
export type CustomerPage = {
  items: CustomerView[];
  next: string | null;
};
export type CustomerRequest = {
  name: string;
  email?: string;
  phone?: string;
  tier?: string;
  language?: 'en' | 'sv';
};
export type CustomerView = {
  id: string;
  name: string;
  email: string;
  phone: string;
  tier: string | null;
  language: string | null;
};
export type DateException = {
  date: string;
  closed?: boolean;
  hours?: DayHours[];
};
export type DayHours = {
  from: string;
  to: string;
};
export type DayPlanPage = {
  items: DayPlanView[];
  next: string | null;
};
export type DayPlanView = {
  id: string;
  state: 'applied' | 'cancelled' | 'done' | 'failed' | 'queued' | 'running' | 'stale';
  detail: string;
  from: string;
  to: string;
  aim: 'fewest_changes' | 'shortest';
  seconds: number;
  by: string;
  created_at: string;
  ended_at: string | null;
  progress: ProgressView | null;
  moves?: PlannedMoveView[];
  left: LeftOverView[];
  alone: string[];
};
export type Discount = {
  percent?: string;
  amount?: string;
  reason?: string;
};
export type DiscountTaken = {
  percent: string | null;
  amount: string;
  reason: string;
};
export type DueView = {
  due: string;
  amount: string;
  paid: string;
  overdue: boolean;
};
export type EntryView = {
  resource: string;
  held_from: string;
  held_to: string;
  use: 'exclusive' | 'seated' | 'shared';
  places: number;
  booking: string;
  order: string;
  number: number;
  line: string;
  component: string;
  product: string;
  name: string;
  customer: string;
  package: string;
  guests: number[];
  guest_names: string[];
  participants: number;
  quantity: number;
  start: string;
  end: string;
  status: 'cancelled' | 'confirmed' | 'held';
  held_until: string | null;
  message: string;
  locked: boolean;
  warnings: string[];
};
export type ErrorBody = {
  path: string;
  message: string;
};
export type FeeView = {
  line: number;
  on: string;
  percent: string;
  of: string;
  amount: string;
  taxes: TaxRow[];
  why: string;
};
export type FeedBody = {
  kind: 'customer' | 'guest' | 'order' | 'resource' | 'venue';
  order?: string;
  line?: string;
  guest?: number;
  customer?: string;
  resource?: string;
  details?: boolean;
};
export type FeedPage = {
  items: FeedView[];
  next: string | null;
};
export type FeedView = {
  id: string;
  kind: 'customer' | 'guest' | 'order' | 'resource' | 'venue';
  order: string | null;
  line: string | null;
  guest: number | null;
  customer: string | null;
  resource: string | null;
  details: boolean;
  url: string;
  created_at: string;
};
export type FiguresView = {
  waiting_minutes: number;
  short_gaps: number;
};
export type GivenView = {
  lot: string;
  line: string | null;
  component: string | null;
  products: string[];
  quantity: number | string;
  remaining: number | string;
  price: string;
  valid_until: string | null;
};
export type GuestView = {
  line: string;
  number: number;
  name: string;
  email: string;
  note: string;
  required: Record<string, string>;
  preferred: Record<string, string>;
  choices: Record<string, string>;
};
export type GuestWishes = {
  name?: string;
  email?: string;
  note?: string;
  required?: Record<string, string>;
  preferred?: Record<string, string>;
  choices?: Record<string, string>;
};
export type HistoryView = {
  items: VersionView[];
  next: null;
};
export type Hours = {
  days: ('fri' | 'mon' | 'sat' | 'sun' | 'thu' | 'tue' | 'wed')[];
  from: string;
  to: string;
};
export type ImportBody = {
  resource: string;
  name?: string;
  url?: string;
  content?: string;
};
export type ImportChangeBody = {
  name?: string;
  url?: string;
  content?: string;
};
export type ImportPage = {
  items: ImportView[];
  next: string | null;
};
export type ImportResult = {
  venue_id: string;
  venue: string;
  version: number;
  is_new: boolean;
  changed: boolean;
  counts: Record<string, Counts>;
  affected?: Record<string, unknown>[];
};
export type ImportView = {
  id: string;
  resource: string;
  name: string;
  source: string;
  refreshed_at: string;
  tried_at: string;
  next_at: string;
  failures: number;
  error: string;
  blocks: number;
  busy_until: string | null;
  affected_count: number;
  affected: AffectedView[];
};
export type Installment = {
  due: string;
  amount: string;
};
export type InstallmentPart = {
  percent: string;
  due?: 'booking';
  days_before_start?: number;
};
export type InstallmentPlanSpec = {
  key: string;
  name?: string;
  parts: InstallmentPart[];
};
export type KeyBody = {
  role: 'admin' | 'customer' | 'manager' | 'reception' | 'staff';
  name?: string;
  venue?: string;
  resource?: string;
  customer?: string;
  days?: number;
};
export type KeyPage = {
  items: KeyView[];
  next: string | null;
};
export type KeyView = {
  id: string;
  role: string;
  name: string;
  venue: string | null;
  resource: string | null;
  customer: string | null;
  created_at: string;
  expires_at: string | null;
  revoked_at: string | null;
  last_used_at: string | null;
};
export type LeftOverView = {
  order: string | null;
  number: number | null;
  new: number | null;
  sentences: string[];
};
export type LetterView = {
  kind: 'cancellation' | 'change' | 'confirmation' | 'reminder';
  language: 'en' | 'sv';
  recipient: string;
  subject: string;
  text: string;
  html: string;
  calendars: CalendarPart[];
  fault: string;
};
export type LineDiscount = {
  percent: string | null;
  amount: string;
  reason: string;
  line: number;
};
export type LineRequest = {
  package?: string;
  product?: string;
  participants?: number;
  start: string;
  resource?: string;
  guests?: GuestWishes[];
  components?: ComponentRequest[];
  discount?: Discount;
};
export type LineView = {
  id: string;
  package?: string;
  product?: string;
  name: string;
  participants: number;
  start: string;
  end: string;
  status: 'cancelled' | 'confirmed' | 'held';
  discount: Record<string, unknown> | null;
  adjustments: Record<string, AdjustmentView>;
};
export type LinkBody = {
  days?: number;
};
export type LinkView = {
  id: string;
  created_at: string;
  expires_at: string;
  revoked_at: string | null;
  last_used_at: string | null;
};
export type LinksView = {
  items: LinkView[];
  next: null;
};
export type LotChangeRequest = {
  valid_until?: string | null;
  remaining?: number | string;
  reason: string;
};
export type LotView = {
  id: string;
  product?: string;
  products?: string[];
  kind: 'money' | 'times';
  sold_as: string;
  name: string;
  customer: string | null;
  sale: string | null;
  order: string | null;
  quantity: number | string;
  remaining: number | string;
  reserved: number | string;
  used: number | string;
  price: string;
  bought_at: string;
  valid_until: string | null;
  status: 'active' | 'expired' | 'fully_used';
  label: string | null;
  entries: CreditEntryView[];
};
export type MailBody = {
  kind?: 'confirmation' | 'reminder';
};
export type MailDueView = {
  kind: 'cancellation' | 'change' | 'confirmation';
  recipient: string;
};
export type MailView = {
  id: string;
  version: number;
  kind: 'cancellation' | 'change' | 'confirmation' | 'reminder';
  language: 'en' | 'sv';
  recipient: string;
  message_id: string;
  subject: string;
  text: string;
  html: string;
  calendars: CalendarPart[];
  state: 'failed' | 'kept' | 'queued' | 'sent';
  attempts: number;
  next_at: string | null;
  last_error: string | null;
  created_at: string;
  sent_at: string | null;
};
export type MailsView = {
  items: MailView[];
  next: null;
};
export type Me = {
  role: string;
  name: string;
  user: string | null;
  email: string | null;
  resource: string | null;
  venues: VenueName[];
};
export type Move = {
  booking: string;
  start?: string;
  resources?: string[];
};
export type MovesRequest = {
  moves: Move[];
  override?: ('arrival' | 'order' | 'resource_hours' | 'venue_hours' | 'waiting' | 'wishes')[];
  plan?: string;
};
export type Need = {
  pool: string;
  use?: 'exclusive' | 'seated' | 'shared';
  count?: number;
  before_minutes?: number;
  after_minutes?: number;
  from_minutes?: number;
  until_minutes?: number;
};
export type NewKeyView = {
  id: string;
  role: string;
  name: string;
  venue: string | null;
  resource: string | null;
  customer: string | null;
  created_at: string;
  expires_at: string | null;
  revoked_at: string | null;
  last_used_at: string | null;
  key: string;
};
export type NewLinkView = {
  id: string;
  url: string;
  expires_at: string;
};
export type OpenView = {
  start: string;
  end: string;
};
export type OrderPage = {
  items: OrderView[];
  next: string | null;
};
export type OrderRequest = {
  package?: string;
  product?: string;
  participants?: number;
  start?: string;
  resource?: string;
  guests?: GuestWishes[];
  components?: ComponentRequest[];
  lines?: LineRequest[];
  hold_minutes?: number;
  customer?: string | CustomerRequest;
  note?: string;
  discount?: Discount;
  use_credits?: boolean;
  override?: ('arrival' | 'order' | 'resource_hours' | 'venue_hours' | 'waiting' | 'wishes')[];
  plan?: string;
};
export type OrderView = {
  id: string;
  number: number | null;
  version: number;
  status: 'cancelled' | 'confirmed' | 'held';
  held_until: string | null;
  package?: string;
  product?: string;
  participants?: number;
  start?: string;
  end: string;
  customer: CustomerView | null;
  note: string;
  discount: Record<string, unknown> | null;
  lines: LineView[];
  guests: GuestView[];
  bookings: BookingView[];
  use_credits: boolean;
  price: Price;
  fees: FeeView[];
  owed: string;
  paid: string;
  due: string;
  overdue: string;
  installments: DueView[];
  payments: PaymentView[];
  tickets: TicketView[];
  credits: GivenView[];
  calendar_url: string | null;
  optimal: boolean;
  changes?: ChangeView[];
  price_difference?: string;
  warnings?: string[];
  mails?: MailDueView[];
  plan?: string;
};
export type OrdersView = {
  orders: OrderView[];
  changes: ChangeView[];
  price_difference: string;
  warnings: string[];
  plan?: string;
};
export type PasswordBody = {
  password: string;
  new: string;
};
export type PaymentRequest = {
  amount: string;
  method: 'card' | 'card_terminal' | 'cash' | 'transfer' | 'value_card';
  reference?: string;
};
export type PaymentView = {
  id: string;
  amount: string;
  method: string;
  reference: string;
  at: string;
  by: string;
};
export type PlaceView = {
  start: string;
  end: string;
  resources: string[];
};
export type PlanBody = {
  from: string;
  to: string;
  aim?: 'fewest_changes' | 'shortest';
  seconds?: number;
  orders?: OrderRequest[];
};
export type PlanRequest = {
  plan?: string;
};
export type PlannedMoveView = {
  order: string | null;
  number: number | null;
  new: number | null;
  booking: string | null;
  component: string;
  was: PlaceView | null;
  now: PlaceView;
};
export type PreviewBody = {
  kind?: 'cancellation' | 'change' | 'confirmation' | 'reminder';
  language?: 'en' | 'sv';
  recipient?: string;
  subject?: string;
  body?: string;
};
export type Price = {
  total: string;
  lines: PriceLine[];
  discount: DiscountTaken | null;
  taxes: TaxRow[];
  installments: Installment[];
  line_discounts?: LineDiscount[];
};
export type PriceLine = {
  line: number;
  component: string;
  product: string;
  quantity: number;
  count: number;
  multiplier: number;
  unit_price: string;
  discount: string;
  amount: string;
  price_list: string | null;
  why: string;
  taxes: TaxRow[];
  lot?: string;
};
export type PriceListSpec = {
  key: string;
  name?: string;
  prices?: Record<string, string>;
  tier?: string;
  valid_from?: string;
  valid_until?: string;
  days?: ('fri' | 'mon' | 'sat' | 'sun' | 'thu' | 'tue' | 'wed')[];
};
export type ProblemBody = {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: string;
  errors?: ErrorBody[];
  reasons?: ReasonBody[];
  alternatives?: AlternativeBody[];
};
export type ProductSpec = {
  key: string;
  name?: string;
  kind: 'entry' | 'item' | 'package' | 'service' | 'stock_item' | 'value_card';
  category?: string;
  description?: string;
  price?: string;
  cost?: string;
  tax?: string;
  sold_to_customers?: boolean;
  commission_eligible?: boolean;
  commission_base?: 'package' | 'retail';
  duration_minutes?: number;
  group_size?: number | 'all' | null;
  outside_venue_hours?: boolean;
  needs?: Need[];
  stock?: number;
  series?: SeriesSpec;
  value_card?: ValueCardSpec;
  fulfilment?: 'booked' | 'customer_stock' | 'sale';
  pricing?: 'fixed' | 'sum';
  price_list?: string;
  max_waiting_minutes?: number;
  min_gap_minutes?: number;
  installment_plan?: string;
  valid_days?: number;
  offer_until?: string;
  cancellation?: CancellationTerm[];
  components?: Component[];
};
export type ProgressView = {
  sessions: number;
  wanted: number;
  placed: number;
  moved: number;
  reassigned: number;
  steps: number;
  seconds: number;
  before: FiguresView;
  after: FiguresView;
};
export type ReasonBody = {
  code: string;
  sentence: string;
  component?: string;
  guest?: number;
  pool?: string;
  start?: string;
  end?: string;
  components?: string[];
  held_by?: string[];
};
export type RedeemRequest = {
  quantity?: number;
  amount?: string;
  product?: string;
  customer?: string;
  at?: string;
  note?: string;
};
export type RefundRequest = {
  amount?: string;
  method?: 'card' | 'card_terminal' | 'cash' | 'transfer' | 'value_card';
  reference?: string;
  reason?: string;
  plan?: string;
};
export type ReplanBody = {
  resource: string;
  from: string;
  to: string;
  plan?: string;
};
export type ReportView = {
  report: string;
  venue: string;
  currency: string;
  from: string;
  to: string;
  columns: Record<string, string>[];
  rows: Record<string, unknown>[];
  totals: Record<string, unknown>;
};
export type ResourceSpec = {
  key: string;
  name?: string;
  kind: 'equipment' | 'room' | 'staff';
  pools?: string[];
  attributes?: Record<string, string>;
  capacity?: number;
  hours?: Hours[];
  exceptions?: DateException[];
  parts?: string[];
};
export type RowView = {
  key: string;
  name: string;
  kind: string;
  pools: string[];
  capacity: number;
  parts: string[];
  open: OpenView[];
  blocks: BlockView[];
};
export type SaleChangeRequest = {
  customer?: string | null;
  sold_at?: string;
  lines?: SaleLineRequest[];
  use_credits?: boolean;
  plan?: string;
};
export type SaleChangeView = {
  lot: string;
  sold_as: string;
  kind: 'adjust' | 'expire' | 'issue' | 'reserve' | 'return' | 'use';
  quantity: number | string;
  line: string | null;
};
export type SaleLineRequest = {
  id?: string;
  product?: string;
  quantity?: number;
  discount_percent?: string;
  staff?: string | null;
};
export type SaleLineView = {
  id: string;
  product: string;
  description: string;
  quantity: number;
  unit_price: string;
  discount_percent: string;
  discount: string;
  amount: string;
  price_list: string | null;
  why: string;
  lot: string | null;
  locked: boolean;
  staff: string | null;
  label: string | null;
  taxes: TaxRow[];
};
export type SalePage = {
  items: SaleView[];
  next: string | null;
};
export type SalePlanRequest = {
  plan?: string;
};
export type SaleRequest = {
  customer?: string;
  sold_at?: string;
  lines?: SaleLineRequest[];
  use_credits?: boolean;
  plan?: string;
};
export type SaleView = {
  id: string;
  version: number;
  status: 'closed' | 'open' | 'refunded' | 'saved' | 'voided';
  customer: string | null;
  sold_at: string;
  use_credits: boolean;
  lines: SaleLineView[];
  total: string;
  taxes: TaxRow[];
  paid: string;
  due: string;
  payments: PaymentView[];
  tickets: TicketView[];
  commissions: CommissionView[];
  changes?: SaleChangeView[];
  price_difference?: string;
  plan?: string;
};
export type SeriesSpec = {
  product?: string;
  quantity: number;
  valid_days?: number;
};
export type SettingsSpec = {
  always_use_package_price_list?: boolean;
  credit_policy?: 'first_bought' | 'first_to_expire';
  refund_used_packages?: boolean;
  credits_for_free_items?: boolean;
  cancellation?: CancellationTerm[];
  customer_notice_hours?: number;
};
export type SignInBody = {
  email: string;
  password: string;
  organisation?: string;
};
export type SlotView = {
  start: string;
  end: string | null;
};
export type SlotsBody = {
  participants?: number;
  step_minutes?: number;
  resource?: string;
  guests?: GuestWishes[];
  components?: ComponentRequest[];
  from: string;
  to: string;
};
export type SlotsView = {
  slots: SlotView[];
  complete: boolean;
  unknown_from: string | null;
  next: string | null;
  refused?: Record<string, unknown>[];
};
export type StockPage = {
  items: StockView[];
  next: null;
};
export type StockRequest = {
  product: string;
  change: number;
  reason: string;
};
export type StockView = {
  product: string;
  level: number;
};
export type TaxRate = {
  from: string;
  percent: string;
};
export type TaxRow = {
  rate: string;
  net: string;
  tax: string;
  gross: string;
};
export type TaxSpec = {
  key: string;
  name?: string;
  rates: TaxRate[];
};
export type TaxSplit = {
  tax: string;
  amount?: string;
  percent?: string;
};
export type TicketPage = {
  items: TicketView[];
  next: null;
};
export type TicketView = {
  id: string;
  line: string;
  product: string;
  name: string;
  component: string | null;
  code: string;
  day: string | null;
  used_at: string | null;
};
export type UserBody = {
  email: string;
  password: string;
  role: 'admin' | 'manager' | 'reception' | 'staff';
  name?: string;
  venue?: string;
  resource?: string;
};
export type UserChangeBody = {
  name?: string;
  role?: 'admin' | 'manager' | 'reception' | 'staff';
  venue?: string | null;
  resource?: string | null;
  password?: string;
  disabled?: boolean;
};
export type UserPage = {
  items: UserView[];
  next: string | null;
};
export type UserView = {
  id: string;
  email: string;
  name: string;
  role: string;
  venue: string | null;
  resource: string | null;
  created_at: string;
  last_seen_at: string | null;
  disabled_at: string | null;
};
export type ValueCardSpec = {
  kind: 'clip' | 'gift';
  amount?: string;
  product?: string;
  quantity?: number;
};
export type VenueName = {
  key: string;
  name: string;
  time_zone: string;
  currency: string;
};
export type VenueSpec = {
  name?: string;
  time_zone: string;
  currency: string;
  grid_minutes?: number;
  smallest_useful_gap_minutes?: number;
  hours?: Hours[];
  exceptions?: DateException[];
};
export type VersionView = {
  version: number;
  at: string;
  what: string;
  role: string;
  by: string;
  address: string;
};
export type WordingBody = {
  subject: string;
  body: string;
};
export type WordingView = {
  kind: 'cancellation' | 'change' | 'confirmation' | 'reminder';
  language: 'en' | 'sv';
  subject: string;
  body: string;
  own: boolean;
};
export type WordingsView = {
  items: WordingView[];
  values: Record<string, string>;
  blocks: Record<string, string>;
  next: null;
};
