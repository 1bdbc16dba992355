// What the API sends, by the names that the page uses. The types themselves are made from its OpenAPI document.

import type * as api from './openapi';
export type {
  Alternative, Allocation, Block, Booking, Change, CalendarData, CatalogResource, Customer, DateException, DayPlan, Entry, Guest, Line, Lot, Mail,
  Order, Payment, PriceList, Product, Reason, Resource, Sale, Slots, Status, Use, Version,
};
export type { Catalog, Component, CreditPage, Hours, Me, Need, Price, PriceLine, VenueName } from './openapi';

type Alternative = api.AlternativeBody;
type Allocation = api.AllocationView;
type Block = api.BlockView;
type Booking = api.BookingView;
type CalendarData = api.CalendarView;
type CatalogResource = api.ResourceSpec;
type Change = api.ChangeView;
type Customer = api.CustomerView;
type DateException = api.DateException;
type DayPlan = api.DayPlanView;
type Entry = api.EntryView;
type Guest = api.GuestView;
type Line = api.LineView;
type Lot = api.LotView;
type Mail = api.MailView;
type Order = api.OrderView;
type Payment = api.PaymentView;
type PriceList = api.PriceListSpec;
type Product = api.ProductSpec;
type Reason = api.ReasonBody;
type Resource = api.RowView;
type Sale = api.SaleView;
type Slots = Omit<api.SlotsView, 'refused'> & { refused?: { start: string; reasons: Reason[] }[] };
type Status = Order['status'];
type Use = Allocation['use'];
type Version = api.VersionView;
