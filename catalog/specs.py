"""Definitions as values: what a venue is, owns and sells. The structure of the catalog document itself.

A spec is a frozen value; it is stored whole, given back whole, and an order keeps the specs that it
was sold by (`AsSold`). What a field means: contract.md, placement.md (2, 3).
"""

from collections.abc import Callable
from datetime import date as Date  # noqa: N812 - `date` is a field's name
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct, field

from catalog.times import Weekday

Key = Annotated[str, Meta(pattern=r"^[a-z0-9-]+$", min_length=1, max_length=100)]
Name = Annotated[str, Meta(max_length=200)]
Text = Annotated[str, Meta(max_length=2000)]
Clock = Annotated[str, Meta(pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$")]
Minutes = Annotated[int, Meta(ge=0, le=100_000)]
Length = Annotated[int, Meta(ge=1, le=44_640)]
Amount = Annotated[Decimal, Meta()]
Percent = Annotated[Decimal, Meta()]
Use = Literal["exclusive", "seated", "shared"]
# How long the lists of a document may be: beyond, a house is more than is searched within seconds.
FEW = Meta(max_length=50)
SOME = Meta(max_length=200)
DATES = Meta(max_length=1500)  # four years, day by day
RESOURCES = Meta(max_length=5000)
PRODUCTS = COMPONENTS = Meta(max_length=5000)
Quantity = Literal["one", "one_per_participant"]
Policy = Literal["delta", "follow", "pinned"]
ProductKind = Literal["item", "stock_item", "service", "value_card", "entry", "package"]


class Spec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A part of the catalog document."""


class Hours(Spec, frozen=True, kw_only=True):
    """Open from `from` to `to` on these weekdays; a `to` not after `from` runs past midnight."""

    days: Annotated[tuple[Weekday, ...], Meta(min_length=1)]
    from_: Clock = field(name="from")
    to: Clock


class DayHours(Spec, frozen=True, kw_only=True):
    """Opening on one date."""

    from_: Clock = field(name="from")
    to: Clock


class DateException(Spec, frozen=True, kw_only=True):
    """Replaces the opening intervals that begin on a date: closed, or other hours."""

    date: Date
    closed: bool = False
    hours: Annotated[tuple[DayHours, ...], FEW] = ()


class VenueSpec(Spec, frozen=True, kw_only=True):
    """Where it happens: zone, currency, the grid of starts, and the hours that all share by default."""

    name: Name = ""
    time_zone: str
    currency: Annotated[str, Meta(pattern=r"^[A-Z]{3}$")]
    grid_minutes: Annotated[int, Meta(ge=1, le=60)] = 5
    smallest_useful_gap_minutes: Minutes = 30
    hours: Annotated[tuple[Hours, ...], FEW] = ()
    exceptions: Annotated[tuple[DateException, ...], DATES] = ()


class CancellationTerm(Spec, frozen=True, kw_only=True):
    """From so many days before the start on, cancelling costs this part of the price; no `tax`: untaxed."""

    days_before: Annotated[int, Meta(ge=0, le=1000)]
    percent: Percent
    tax: Key | None = None


class SettingsSpec(Spec, frozen=True, kw_only=True):
    """How this venue applies prices and credits, and what cancelling costs (a package may say otherwise)."""

    always_use_package_price_list: bool = False
    credit_policy: Literal["first_bought", "first_to_expire"] = "first_bought"
    refund_used_packages: bool = False
    credits_for_free_items: bool = False
    cancellation: Annotated[tuple[CancellationTerm, ...], FEW] = ()
    customer_notice_hours: Annotated[int, Meta(ge=0, le=8760)] = 24  # until when customers change orders


class ResourceSpec(Spec, frozen=True, kw_only=True):
    """A room, a staff member or a piece of equipment; `parts` make it a divisible hall."""

    key: Key
    name: Name = ""
    kind: Literal["room", "staff", "equipment"]
    pools: Annotated[tuple[Key, ...], FEW] = ()
    attributes: dict[Key, Name] = {}
    capacity: Annotated[int, Meta(ge=1, le=100_000)] = 1
    hours: Annotated[tuple[Hours, ...], FEW] | None = None
    exceptions: Annotated[tuple[DateException, ...], DATES] = ()
    parts: Annotated[tuple[Key, ...], SOME] = ()

    @property
    def label(self) -> str:
        return self.name or self.key


class TaxRate(Spec, frozen=True, kw_only=True):
    """A rate that holds for services from this date on."""

    from_: Date = field(name="from")
    percent: Percent


class TaxSpec(Spec, frozen=True, kw_only=True):
    """A kind of tax and its rates by the date of the component."""

    key: Key
    name: Name = ""
    rates: Annotated[tuple[TaxRate, ...], Meta(min_length=1)]


class Need(Spec, frozen=True, kw_only=True):
    """`count` different resources of a pool, held for a session or a part of it, buffers around."""

    pool: Key
    use: Use = "exclusive"
    count: Annotated[int, Meta(ge=1, le=1000)] = 1
    before_minutes: Minutes = 0
    after_minutes: Minutes = 0
    from_minutes: Minutes | None = None
    until_minutes: Minutes | None = None

    def held(self, start: int, end: int) -> tuple[int, int]:
        """The interval held for a session [start, end), buffers included (placement.md, 3)."""
        last = end if self.until_minutes is None else start + self.until_minutes
        return start + (self.from_minutes or 0) - self.before_minutes, last + self.after_minutes


class TaxSplit(Spec, frozen=True, kw_only=True):
    """A part of the gross price that is taxed at another rate (S3-9)."""

    tax: Key
    amount: Amount | None = None
    percent: Percent | None = None


class Component(Spec, frozen=True, kw_only=True):
    """One product of a package: how many, on which day, when, and together with what."""

    key: Key = ""
    product: Key | None = None
    choices: Annotated[tuple[Key, ...], SOME] = ()
    quantity: Quantity
    count: Annotated[int, Meta(ge=1, le=10_000)] = 1
    day: Annotated[int, Meta(ge=1, le=400)] = 1
    fixed_start: Clock | None = None
    relative_start_minutes: Annotated[int, Meta(ge=-100_000, le=100_000)] | None = None
    window: tuple[Clock, Clock] | None = None
    fixed_end: Clock | None = None
    end_day: Annotated[int, Meta(ge=1, le=400)] | None = None
    associated_with: Key | None = None
    after: Annotated[tuple[Key, ...], SOME] = ()
    attended: bool | None = None
    on_participants_change: Policy = "delta"
    tax_split: TaxSplit | None = None

    @property
    def products(self) -> tuple[str, ...]:
        """What it may consist of: its product, or each of its choices."""
        return self.choices or ((self.product,) if self.product else ())

    @property
    def is_attended(self) -> bool:
        """Whether guests are occupied by its services (P8)."""
        if self.attended is not None:
            return self.attended
        return self.quantity == "one_per_participant" and self.associated_with is None


class SeriesSpec(Spec, frozen=True, kw_only=True):
    """Selling the product sells `quantity` redemptions of `product` (default: itself)."""

    product: Key | None = None
    quantity: Annotated[int, Meta(ge=1, le=10_000)]
    valid_days: Annotated[int, Meta(ge=0, le=36_500)] | None = None


class ValueCardSpec(Spec, frozen=True, kw_only=True):
    """A gift card (money) or a clip card (times)."""

    kind: Literal["gift", "clip"]
    amount: Amount | None = None
    product: Key | None = None
    quantity: Annotated[int, Meta(ge=1, le=10_000)] | None = None


class ProductSpec(Spec, frozen=True, kw_only=True):
    """A product's definition as one value; which fields belong to which `kind` the document's check tells."""

    key: Key
    name: Name = ""
    kind: ProductKind
    category: Name = ""
    description: Text = ""
    price: Amount | None = None
    cost: Amount | None = None
    tax: Key | None = None
    sold_to_customers: bool = True
    commission_eligible: bool = False
    commission_base: Literal["package", "retail"] = "package"  # of what its credits pay for (S1-7)
    # service
    duration_minutes: Length | None = None
    group_size: Annotated[int, Meta(ge=1, le=10_000)] | Literal["all"] | None = 1
    outside_venue_hours: bool = False
    needs: Annotated[tuple[Need, ...], FEW] = ()
    # stock item
    stock: Annotated[int, Meta(ge=0, le=10_000_000)] | None = None
    # series, value card
    series: SeriesSpec | None = None
    value_card: ValueCardSpec | None = None
    # package
    fulfilment: Literal["booked", "sale", "customer_stock"] = "booked"
    pricing: Literal["sum", "fixed"] = "sum"
    price_list: Key | None = None
    max_waiting_minutes: Minutes | None = None
    min_gap_minutes: Minutes = 0
    installment_plan: Key | None = None
    valid_days: Annotated[int, Meta(ge=0, le=36_500)] | None = None
    offer_until: Date | None = None
    cancellation: Annotated[tuple[CancellationTerm, ...], FEW] | None = None
    components: Annotated[tuple[Component, ...], COMPONENTS] = ()

    @property
    def label(self) -> str:
        return self.name or self.key

    @property
    def is_goods(self) -> bool:
        """Whether it holds no resource and occupies nobody."""
        return self.kind != "service"

    def is_offered(self, today: Date) -> bool:
        """Whether it can still be sold on this local date; what was sold stays (S2-6)."""
        return self.offer_until is None or today <= self.offer_until


class PriceListSpec(Spec, frozen=True, kw_only=True):
    """Prices by product, and when and for whom they apply."""

    key: Key
    name: Name = ""
    prices: dict[Key, Amount] = {}
    tier: Name | None = None
    valid_from: Date | None = None
    valid_until: Date | None = None
    days: tuple[Weekday, ...] = ()

    @property
    def label(self) -> str:
        return self.name or self.key


class InstallmentPart(Spec, frozen=True, kw_only=True):
    """A share that is due at the booking or some days before the start."""

    percent: Percent
    due: Literal["booking"] | None = None
    days_before_start: Annotated[int, Meta(ge=0, le=1000)] | None = None


class InstallmentPlanSpec(Spec, frozen=True, kw_only=True):
    """In which parts a package is paid (S3-10)."""

    key: Key
    name: Name = ""
    parts: Annotated[tuple[InstallmentPart, ...], Meta(min_length=1)]


class Catalog(Spec, frozen=True, kw_only=True):
    """The whole catalog document of one venue."""

    venue: VenueSpec
    settings: SettingsSpec = SettingsSpec()
    resources: Annotated[tuple[ResourceSpec, ...], RESOURCES] = ()
    taxes: Annotated[tuple[TaxSpec, ...], SOME] = ()
    products: Annotated[tuple[ProductSpec, ...], PRODUCTS] = ()
    price_lists: Annotated[tuple[PriceListSpec, ...], SOME] = ()
    installment_plans: Annotated[tuple[InstallmentPlanSpec, ...], SOME] = ()

    def product(self, key: str) -> ProductSpec | None:
        return next((p for p in self.products if p.key == key), None)

    def resource(self, key: str) -> ResourceSpec | None:
        return next((r for r in self.resources if r.key == key), None)

    def __reduce__(self) -> "tuple[Callable[[bytes], Catalog], tuple[bytes]]":
        return _catalog_sent, (msgspec.msgpack.encode(self),)


class AsSold(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A package as it was when it was sold: all that its times and prices depend on (S3-28).

    A single product is a package of one component: for each participant, at the start asked for.
    """

    package: ProductSpec
    products: dict[str, ProductSpec]
    price_lists: tuple[PriceListSpec, ...] = ()
    taxes: tuple[TaxSpec, ...] = ()
    installment_plan: InstallmentPlanSpec | None = None
    always_use_package_price_list: bool = False
    cancellation: tuple[CancellationTerm, ...] = ()
    single: bool = False

    def component(self, key: str) -> Component | None:
        return next((c for c in self.package.components if c.key == key), None)

    def __reduce__(self) -> "tuple[Callable[[bytes], AsSold], tuple[bytes]]":
        return _sold_sent, (msgspec.msgpack.encode(self),)


# Both are sent to another process as documents, which one that has read them lately does not read again.


@lru_cache(maxsize=16)
def _catalog_sent(document: bytes) -> Catalog:
    return msgspec.msgpack.decode(document, type=Catalog)


@lru_cache(maxsize=256)
def _sold_sent(document: bytes) -> AsSold:
    return msgspec.msgpack.decode(document, type=AsSold)


def as_sold(catalog: Catalog, key: str) -> AsSold | None:
    """The package or single product `key` as the catalog sells it now; None where there is none."""
    product = catalog.product(key)
    if product is None:
        return None
    single = product.kind != "package"
    if single:
        only = Component(key=key, product=key, quantity="one_per_participant", relative_start_minutes=0)
        package = ProductSpec(key=key, name=product.name, kind="package", components=(only,))
    else:
        package = product
    used = {p for c in package.components for p in c.products}
    of_packages = {p.price_list for p in catalog.products} - {package.price_list}
    lists = tuple(p for p in catalog.price_lists if p.key not in of_packages)
    return AsSold(
        package=package,
        products={p.key: p for p in catalog.products if p.key in used},
        price_lists=lists,
        taxes=catalog.taxes,
        installment_plan=next(
            (p for p in catalog.installment_plans if p.key == package.installment_plan), None
        ),
        always_use_package_price_list=catalog.settings.always_use_package_price_list,
        cancellation=(
            catalog.settings.cancellation if package.cancellation is None else package.cancellation
        ),
        single=single,
    )
