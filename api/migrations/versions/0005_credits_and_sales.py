"""credits and sales"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "stock_item",
        sa.Column("venue_id", sa.Uuid(), nullable=False),
        sa.Column("product", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["venue_id"], ["venue.id"], name=op.f("fk_stock_item_venue_id_venue")),
        sa.PrimaryKeyConstraint("venue_id", "product", name=op.f("pk_stock_item")),
    )
    op.create_table(
        "credit_lot",
        sa.Column("venue_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("sold_as", sa.String(), nullable=False),
        sa.Column("sold_name", sa.String(), nullable=False),
        sa.Column("products", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("is_money", sa.Boolean(), nullable=False),
        sa.Column("quantity", sa.Numeric(), nullable=False),
        sa.Column("price", sa.Numeric(), nullable=False),
        sa.Column("commission_base", sa.String(), nullable=False),
        sa.Column("bought_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("sale_id", sa.Uuid(), nullable=True),
        sa.Column("sale_line_id", sa.Uuid(), nullable=True),
        sa.Column("open_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("is_money = (cardinality(products) = 0)", name=op.f("ck_credit_lot_products")),
        sa.CheckConstraint("quantity > 0 AND price >= 0", name=op.f("ck_credit_lot_amounts")),
        sa.ForeignKeyConstraint(
            ["venue_id", "customer_id"],
            ["customer.venue_id", "customer.id"],
            name=op.f("fk_credit_lot_venue_id_customer_id_customer"),
        ),
        sa.ForeignKeyConstraint(["venue_id"], ["venue.id"], name=op.f("fk_credit_lot_venue_id_venue")),
        sa.PrimaryKeyConstraint("venue_id", "id", name=op.f("pk_credit_lot")),
    )
    op.create_index(
        "ix_credit_lot_open_until",
        "credit_lot",
        ["open_until"],
        unique=False,
        postgresql_where=sa.text("open_until IS NOT NULL"),
    )
    op.create_index(
        "ix_credit_lot_venue_id_customer_id", "credit_lot", ["venue_id", "customer_id"], unique=False
    )
    op.create_index("ix_credit_lot_venue_id_sale_id", "credit_lot", ["venue_id", "sale_id"], unique=False)
    op.create_table(
        "sale",
        sa.Column("venue_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("sold_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("total", sa.Numeric(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "status IN ('open', 'saved', 'closed', 'voided', 'refunded')", name=op.f("ck_sale_status")
        ),
        sa.ForeignKeyConstraint(
            ["venue_id", "customer_id"],
            ["customer.venue_id", "customer.id"],
            name=op.f("fk_sale_venue_id_customer_id_customer"),
        ),
        sa.ForeignKeyConstraint(["venue_id"], ["venue.id"], name=op.f("fk_sale_venue_id_venue")),
        sa.PrimaryKeyConstraint("venue_id", "id", name=op.f("pk_sale")),
    )
    op.create_index("ix_sale_venue_id_customer_id", "sale", ["venue_id", "customer_id"], unique=False)
    op.create_index("ix_sale_venue_id_sold_at", "sale", ["venue_id", "sold_at", "id"], unique=False)
    op.create_table(
        "stock_movement",
        sa.Column("venue_id", sa.Uuid(), nullable=False),
        sa.Column("product", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("change", sa.Integer(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("sale_id", sa.Uuid(), nullable=True),
        sa.Column("actor_key", sa.Uuid(), nullable=True),
        sa.Column("actor_role", sa.String(), nullable=False),
        sa.Column("actor_name", sa.String(), nullable=False),
        sa.CheckConstraint("level >= 0", name=op.f("ck_stock_movement_never_negative")),
        sa.ForeignKeyConstraint(
            ["venue_id", "product"],
            ["stock_item.venue_id", "stock_item.product"],
            name=op.f("fk_stock_movement_venue_id_product_stock_item"),
        ),
        sa.PrimaryKeyConstraint("venue_id", "product", "seq", name=op.f("pk_stock_movement")),
    )
    op.create_index(
        "ix_stock_movement_venue_id_sale_id", "stock_movement", ["venue_id", "sale_id"], unique=False
    )
    op.create_table(
        "credit_entry",
        sa.Column("venue_id", sa.Uuid(), nullable=False),
        sa.Column("lot_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("quantity", sa.Numeric(), nullable=False),
        sa.Column("units", sa.ARRAY(sa.Integer()), nullable=False),
        sa.Column("value", sa.Numeric(), nullable=False),
        sa.Column("remaining", sa.Numeric(), nullable=False),
        sa.Column("reserved", sa.Numeric(), nullable=False),
        sa.Column("used", sa.Numeric(), nullable=False),
        sa.Column("expired", sa.Numeric(), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("product", sa.String(), nullable=True),
        sa.Column("sale_id", sa.Uuid(), nullable=True),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("line_id", sa.Uuid(), nullable=True),
        sa.Column("payment_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("actor_key", sa.Uuid(), nullable=True),
        sa.Column("actor_role", sa.String(), nullable=False),
        sa.Column("actor_name", sa.String(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('issue', 'reserve', 'use', 'return', 'expire', 'adjust')",
            name=op.f("ck_credit_entry_kind"),
        ),
        sa.CheckConstraint(
            "source IN ('outside', 'remaining', 'reserved', 'used', 'expired')"
            " AND target IN ('outside', 'remaining', 'reserved', 'used', 'expired')",
            name=op.f("ck_credit_entry_accounts"),
        ),
        sa.CheckConstraint("quantity >= 0 AND seq >= 1", name=op.f("ck_credit_entry_quantity")),
        sa.CheckConstraint(
            "remaining >= 0 AND reserved >= 0 AND used >= 0 AND expired >= 0",
            name=op.f("ck_credit_entry_never_negative"),
        ),
        sa.ForeignKeyConstraint(
            ["venue_id", "lot_id"],
            ["credit_lot.venue_id", "credit_lot.id"],
            name=op.f("fk_credit_entry_venue_id_lot_id_credit_lot"),
        ),
        sa.PrimaryKeyConstraint("venue_id", "lot_id", "seq", name=op.f("pk_credit_entry")),
    )
    op.create_index("ix_credit_entry_venue_id_at", "credit_entry", ["venue_id", "at"], unique=False)
    op.create_index(
        "ix_credit_entry_venue_id_order_id", "credit_entry", ["venue_id", "order_id"], unique=False
    )
    op.create_index("ix_credit_entry_venue_id_sale_id", "credit_entry", ["venue_id", "sale_id"], unique=False)
    op.create_table(
        "sale_version",
        sa.Column("venue_id", sa.Uuid(), nullable=False),
        sa.Column("sale_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_key", sa.Uuid(), nullable=True),
        sa.Column("actor_role", sa.String(), nullable=False),
        sa.Column("actor_name", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("value", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["venue_id", "sale_id"],
            ["sale.venue_id", "sale.id"],
            name=op.f("fk_sale_version_venue_id_sale_id_sale"),
        ),
        sa.PrimaryKeyConstraint("venue_id", "sale_id", "version", name=op.f("pk_sale_version")),
    )
    op.create_table(
        "ticket",
        sa.Column("venue_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sale_id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("product", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("component", sa.String(), nullable=True),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["venue_id", "sale_id"],
            ["sale.venue_id", "sale.id"],
            name=op.f("fk_ticket_venue_id_sale_id_sale"),
        ),
        sa.PrimaryKeyConstraint("venue_id", "id", name=op.f("pk_ticket")),
        sa.UniqueConstraint("venue_id", "code", name=op.f("uq_ticket_venue_id_code")),
    )
    op.create_index("ix_ticket_venue_id_sale_id", "ticket", ["venue_id", "sale_id"], unique=False)


def downgrade() -> None:
    for table in (
        "ticket",
        "sale_version",
        "credit_entry",
        "stock_movement",
        "sale",
        "credit_lot",
        "stock_item",
    ):
        op.drop_table(table)
