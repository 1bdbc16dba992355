"""What is sold and how it is priced, taxed and paid, as stored."""

from catalog.base import Base
from catalog.venues import Definition


class Product(Definition, Base):
    """`spec` is a ProductSpec; packages are products."""

    __tablename__ = "product"


class Tax(Definition, Base):
    """`spec` is a TaxSpec."""

    __tablename__ = "tax"


class PriceList(Definition, Base):
    """`spec` is a PriceListSpec."""

    __tablename__ = "price_list"


class InstallmentPlan(Definition, Base):
    """`spec` is an InstallmentPlanSpec."""

    __tablename__ = "installment_plan"
