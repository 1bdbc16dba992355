"""the first schema"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "idempotency",
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.Column("route", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("instance", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("headers", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('running', 'done')", name=op.f("ck_idempotency_state")),
        sa.PrimaryKeyConstraint("key_id", "route", "key", name=op.f("pk_idempotency")),
    )
    op.create_index("ix_idempotency_created_at", "idempotency", ["created_at"], unique=False)
    op.create_table(
        "organisation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
        sa.UniqueConstraint("key", name=op.f("uq_organisation_key")),
    )
    op.create_table(
        "venue",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("spec", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("settings", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("catalog_version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_venue_organisation_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_venue")),
        sa.UniqueConstraint("organisation_id", "key", name=op.f("uq_venue_organisation_id_key")),
    )
    op.create_table(
        "api_key",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("venue_id", sa.Uuid(), nullable=True),
        sa.Column("resource_key", sa.String(), nullable=True),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "role IN ('admin', 'manager', 'reception', 'staff', 'customer')", name=op.f("ck_api_key_role")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_api_key_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(["venue_id"], ["venue.id"], name=op.f("fk_api_key_venue_id_venue")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_key")),
        sa.UniqueConstraint("digest", name=op.f("uq_api_key_digest")),
    )
    op.create_table(
        "customer",
        sa.Column("venue_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("tier", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["venue_id"], ["venue.id"], name=op.f("fk_customer_venue_id_venue")),
        sa.PrimaryKeyConstraint("venue_id", "id", name=op.f("pk_customer")),
    )
    op.create_index("ix_customer_venue_id_name", "customer", ["venue_id", "name", "id"], unique=False)
    op.create_table(
        "event",
        sa.Column("venue_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["venue_id"], ["venue.id"], name=op.f("fk_event_venue_id_venue")),
        sa.PrimaryKeyConstraint("venue_id", "seq", name=op.f("pk_event")),
    )
    op.create_table(
        "installment_plan",
        sa.Column("venue_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("spec", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["venue_id"], ["venue.id"], name=op.f("fk_installment_plan_venue_id_venue")),
        sa.PrimaryKeyConstraint("venue_id", "id", name=op.f("pk_installment_plan")),
        sa.UniqueConstraint("venue_id", "key", name=op.f("uq_installment_plan_venue_id_key")),
    )
    op.create_table(
        "price_list",
        sa.Column("venue_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("spec", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["venue_id"], ["venue.id"], name=op.f("fk_price_list_venue_id_venue")),
        sa.PrimaryKeyConstraint("venue_id", "id", name=op.f("pk_price_list")),
        sa.UniqueConstraint("venue_id", "key", name=op.f("uq_price_list_venue_id_key")),
    )
    op.create_table(
        "product",
        sa.Column("venue_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("spec", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["venue_id"], ["venue.id"], name=op.f("fk_product_venue_id_venue")),
        sa.PrimaryKeyConstraint("venue_id", "id", name=op.f("pk_product")),
        sa.UniqueConstraint("venue_id", "key", name=op.f("uq_product_venue_id_key")),
    )
    op.create_table(
        "resource",
        sa.Column("venue_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("spec", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["venue_id"], ["venue.id"], name=op.f("fk_resource_venue_id_venue")),
        sa.PrimaryKeyConstraint("venue_id", "id", name=op.f("pk_resource")),
        sa.UniqueConstraint("venue_id", "key", name=op.f("uq_resource_venue_id_key")),
    )
    op.create_table(
        "tax",
        sa.Column("venue_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("spec", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["venue_id"], ["venue.id"], name=op.f("fk_tax_venue_id_venue")),
        sa.PrimaryKeyConstraint("venue_id", "id", name=op.f("pk_tax")),
        sa.UniqueConstraint("venue_id", "key", name=op.f("uq_tax_venue_id_key")),
    )
    op.create_table(
        "venue_counter",
        sa.Column("venue_id", sa.Uuid(), nullable=False),
        sa.Column("last_order", sa.Integer(), nullable=False),
        sa.Column("last_event", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["venue_id"], ["venue.id"], name=op.f("fk_venue_counter_venue_id_venue")),
        sa.PrimaryKeyConstraint("venue_id", name=op.f("pk_venue_counter")),
    )
    op.create_table(
        "block",
        sa.Column("venue_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("resource_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_block_not_empty")),
        sa.ForeignKeyConstraint(
            ["venue_id", "resource_id"],
            ["resource.venue_id", "resource.id"],
            name=op.f("fk_block_venue_id_resource_id_resource"),
        ),
        sa.ForeignKeyConstraint(["venue_id"], ["venue.id"], name=op.f("fk_block_venue_id_venue")),
        sa.PrimaryKeyConstraint("venue_id", "id", name=op.f("pk_block")),
    )
    op.create_index(
        "ix_block_venue_id_ends_at",
        "block",
        ["venue_id", "ends_at"],
        unique=False,
        postgresql_where=sa.text("removed_at IS NULL"),
    )
    op.create_table(
        "orders",
        sa.Column("venue_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("total", sa.Numeric(), nullable=False),
        sa.Column("feed_token", sa.String(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("status IN ('held', 'confirmed', 'cancelled')", name=op.f("ck_orders_status")),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_orders_not_empty")),
        sa.ForeignKeyConstraint(
            ["venue_id", "customer_id"],
            ["customer.venue_id", "customer.id"],
            name=op.f("fk_orders_venue_id_customer_id_customer"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(["venue_id"], ["venue.id"], name=op.f("fk_orders_venue_id_venue")),
        sa.PrimaryKeyConstraint("venue_id", "id", name=op.f("pk_orders")),
        sa.UniqueConstraint("venue_id", "feed_token", name=op.f("uq_orders_venue_id_feed_token")),
        sa.UniqueConstraint("venue_id", "number", name=op.f("uq_orders_venue_id_number")),
    )
    op.create_index(
        "ix_orders_held",
        "orders",
        ["venue_id", "held_until"],
        unique=False,
        postgresql_where=sa.text("status = 'held'"),
    )
    op.create_index(
        "ix_orders_reach",
        "orders",
        ["venue_id", sa.literal_column("tstzrange(starts_at, ends_at)")],
        unique=False,
        postgresql_using="gist",
    )
    op.create_index("ix_orders_venue_id_customer_id", "orders", ["venue_id", "customer_id"], unique=False)
    op.create_index("ix_orders_venue_id_starts_at", "orders", ["venue_id", "starts_at", "id"], unique=False)
    op.create_table(
        "resource_day",
        sa.Column("venue_id", sa.Uuid(), nullable=False),
        sa.Column("resource_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["venue_id", "resource_id"],
            ["resource.venue_id", "resource.id"],
            name=op.f("fk_resource_day_venue_id_resource_id_resource"),
        ),
        sa.PrimaryKeyConstraint("venue_id", "resource_id", "day", name=op.f("pk_resource_day")),
    )
    op.create_table(
        "order_line",
        sa.Column("venue_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("package", sa.String(), nullable=False),
        sa.Column("start_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("participants", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.CheckConstraint("status IN ('held', 'confirmed', 'cancelled')", name=op.f("ck_order_line_status")),
        sa.ForeignKeyConstraint(
            ["venue_id", "order_id"],
            ["orders.venue_id", "orders.id"],
            name=op.f("fk_order_line_venue_id_order_id_orders"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("venue_id", "id", name=op.f("pk_order_line")),
    )
    op.create_index("ix_order_line_venue_id_order_id", "order_line", ["venue_id", "order_id"], unique=False)
    op.create_table(
        "order_version",
        sa.Column("venue_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_key", sa.Uuid(), nullable=True),
        sa.Column("actor_role", sa.String(), nullable=False),
        sa.Column("actor_name", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("value", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["venue_id", "order_id"],
            ["orders.venue_id", "orders.id"],
            name=op.f("fk_order_version_venue_id_order_id_orders"),
        ),
        sa.PrimaryKeyConstraint("venue_id", "order_id", "version", name=op.f("pk_order_version")),
    )
    op.create_table(
        "booking",
        sa.Column("venue_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("component", sa.String(), nullable=False),
        sa.Column("product", sa.String(), nullable=False),
        sa.Column("goods", sa.Boolean(), nullable=False),
        sa.Column("guests", sa.ARRAY(sa.Integer()), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("start_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("locked", sa.Boolean(), nullable=False),
        sa.Column("place", sa.String(), nullable=True),
        sa.Column("overrides", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("warnings", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("status IN ('held', 'confirmed', 'cancelled')", name=op.f("ck_booking_status")),
        sa.CheckConstraint("start_at < end_at", name=op.f("ck_booking_not_empty")),
        sa.ForeignKeyConstraint(
            ["venue_id", "line_id"],
            ["order_line.venue_id", "order_line.id"],
            name=op.f("fk_booking_venue_id_line_id_order_line"),
        ),
        sa.PrimaryKeyConstraint("venue_id", "id", name=op.f("pk_booking")),
    )
    op.create_index("ix_booking_venue_id_line_id", "booking", ["venue_id", "line_id"], unique=False)
    op.create_index("ix_booking_venue_id_order_id", "booking", ["venue_id", "order_id"], unique=False)
    op.create_table(
        "allocation",
        sa.Column("venue_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("booking_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("resource_id", sa.Uuid(), nullable=False),
        sa.Column("chosen_id", sa.Uuid(), nullable=False),
        sa.Column("pool", sa.String(), nullable=False),
        sa.Column("need", sa.Integer(), nullable=False),
        sa.Column("use", sa.String(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("places", postgresql.INT4MULTIRANGE(), nullable=False),
        sa.Column("during", postgresql.TSTZRANGE(), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.column("venue_id"), "="),
            (sa.column("resource_id"), "="),
            (sa.column("during"), "&&"),
            (sa.column("places"), "&&"),
            deferrable="True",
            initially="IMMEDIATE",
            using="gist",
            name="allocation_guard",
        ),
        sa.CheckConstraint(
            "CASE WHEN use = 'shared' THEN (lower(places) >= 1 AND upper(places) <= capacity + 1) IS TRUE AND quantity >= 1 ELSE use IN ('exclusive', 'seated') AND places = '{[1,)}' AND quantity = 1 END",
            name=op.f("ck_allocation_places"),
        ),
        sa.CheckConstraint(
            "(isfinite(lower(during)) AND isfinite(upper(during))) IS TRUE AND lower_inc(during) AND NOT upper_inc(during)",
            name=op.f("ck_allocation_during"),
        ),
        sa.ForeignKeyConstraint(
            ["venue_id", "booking_id"],
            ["booking.venue_id", "booking.id"],
            name=op.f("fk_allocation_venue_id_booking_id_booking"),
        ),
        sa.ForeignKeyConstraint(
            ["venue_id", "resource_id"],
            ["resource.venue_id", "resource.id"],
            name=op.f("fk_allocation_venue_id_resource_id_resource"),
        ),
        sa.PrimaryKeyConstraint("venue_id", "id", name=op.f("pk_allocation")),
    )
    op.create_index(
        "ix_allocation_venue_id_booking_id", "allocation", ["venue_id", "booking_id"], unique=False
    )
    op.create_index("ix_allocation_venue_id_order_id", "allocation", ["venue_id", "order_id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_allocation_venue_id_order_id", table_name="allocation")
    op.drop_index("ix_allocation_venue_id_booking_id", table_name="allocation")
    op.drop_table("allocation")
    op.drop_index("ix_booking_venue_id_order_id", table_name="booking")
    op.drop_index("ix_booking_venue_id_line_id", table_name="booking")
    op.drop_table("booking")
    op.drop_table("order_version")
    op.drop_index("ix_order_line_venue_id_order_id", table_name="order_line")
    op.drop_table("order_line")
    op.drop_table("resource_day")
    op.drop_index("ix_orders_venue_id_starts_at", table_name="orders")
    op.drop_index("ix_orders_venue_id_customer_id", table_name="orders")
    op.drop_index("ix_orders_reach", table_name="orders", postgresql_using="gist")
    op.drop_index("ix_orders_held", table_name="orders", postgresql_where=sa.text("status = 'held'"))
    op.drop_table("orders")
    op.drop_index(
        "ix_block_venue_id_ends_at", table_name="block", postgresql_where=sa.text("removed_at IS NULL")
    )
    op.drop_table("block")
    op.drop_table("venue_counter")
    op.drop_table("tax")
    op.drop_table("resource")
    op.drop_table("product")
    op.drop_table("price_list")
    op.drop_table("installment_plan")
    op.drop_table("event")
    op.drop_index("ix_customer_venue_id_name", table_name="customer")
    op.drop_table("customer")
    op.drop_table("api_key")
    op.drop_table("venue")
    op.drop_table("organisation")
    op.drop_index("ix_idempotency_created_at", table_name="idempotency")
    op.drop_table("idempotency")
