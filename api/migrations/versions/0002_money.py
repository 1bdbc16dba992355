"""charges and payments"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_WHAT_ORDERS_OWE_ALREADY = """
    INSERT INTO charge (venue_id, id, order_id, version, at, kind, amount, taxes)
    SELECT o.venue_id, gen_random_uuid(), o.id, o.version, o.updated_at, 'booking',
           (v.value->>'total')::numeric, coalesce(v.value->'price'->'taxes', '[]')
    FROM orders o JOIN order_version v USING (venue_id, version)
    WHERE v.order_id = o.id AND (v.value->>'total')::numeric <> 0
"""


def upgrade() -> None:
    op.create_table(
        "payment",
        sa.Column("venue_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("sale_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("amount", sa.Numeric(), nullable=False),
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("taxes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("actor_key", sa.Uuid(), nullable=True),
        sa.Column("actor_role", sa.String(), nullable=False),
        sa.Column("actor_name", sa.String(), nullable=False),
        sa.CheckConstraint("amount <> 0", name=op.f("ck_payment_amount")),
        sa.CheckConstraint("num_nonnulls(order_id, sale_id) = 1", name=op.f("ck_payment_one_subject")),
        sa.ForeignKeyConstraint(
            ["venue_id", "order_id"],
            ["orders.venue_id", "orders.id"],
            name=op.f("fk_payment_venue_id_order_id_orders"),
        ),
        sa.PrimaryKeyConstraint("venue_id", "id", name=op.f("pk_payment")),
    )
    op.create_index("ix_payment_venue_id_at", "payment", ["venue_id", "at"], unique=False)
    op.create_index("ix_payment_venue_id_order_id", "payment", ["venue_id", "order_id"], unique=False)
    op.create_index("ix_payment_venue_id_sale_id", "payment", ["venue_id", "sale_id"], unique=False)
    op.create_table(
        "charge",
        sa.Column("venue_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("amount", sa.Numeric(), nullable=False),
        sa.Column("taxes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint(
            "kind IN ('booking', 'change', 'discount', 'cancellation', 'fee')", name=op.f("ck_charge_kind")
        ),
        sa.ForeignKeyConstraint(
            ["venue_id", "order_id", "version"],
            ["order_version.venue_id", "order_version.order_id", "order_version.version"],
            name=op.f("fk_charge_venue_id_order_id_version_order_version"),
        ),
        sa.PrimaryKeyConstraint("venue_id", "id", name=op.f("pk_charge")),
    )
    op.create_index("ix_charge_venue_id_at", "charge", ["venue_id", "at"], unique=False)
    op.create_index(
        "ix_charge_venue_id_order_id", "charge", ["venue_id", "order_id", "version"], unique=False
    )
    op.drop_constraint(op.f("fk_allocation_venue_id_resource_id_resource"), "allocation", type_="foreignkey")
    op.execute(_WHAT_ORDERS_OWE_ALREADY)


def downgrade() -> None:
    op.create_foreign_key(
        op.f("fk_allocation_venue_id_resource_id_resource"),
        "allocation",
        "resource",
        ["venue_id", "resource_id"],
        ["venue_id", "id"],
    )
    op.drop_index("ix_charge_venue_id_order_id", table_name="charge")
    op.drop_index("ix_charge_venue_id_at", table_name="charge")
    op.drop_table("charge")
    op.drop_index("ix_payment_venue_id_sale_id", table_name="payment")
    op.drop_index("ix_payment_venue_id_order_id", table_name="payment")
    op.drop_index("ix_payment_venue_id_at", table_name="payment")
    op.drop_table("payment")
