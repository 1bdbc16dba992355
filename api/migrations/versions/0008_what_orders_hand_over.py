"""what orders hand over"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_OWNER = "fk_credit_lot_venue_id_customer_id_customer"


def upgrade() -> None:
    op.add_column("stock_movement", sa.Column("order_id", sa.Uuid(), nullable=True))
    op.create_index("ix_stock_movement_venue_id_order_id", "stock_movement", ["venue_id", "order_id"])
    op.add_column("credit_lot", sa.Column("order_id", sa.Uuid(), nullable=True))
    op.add_column("credit_lot", sa.Column("order_line_id", sa.Uuid(), nullable=True))
    op.add_column("credit_lot", sa.Column("component", sa.String(), nullable=True))
    op.create_index("ix_credit_lot_venue_id_order_id", "credit_lot", ["venue_id", "order_id"])
    op.execute(f"alter table credit_lot alter constraint {_OWNER} deferrable initially deferred")
    op.add_column("ticket", sa.Column("order_id", sa.Uuid(), nullable=True))
    op.add_column("ticket", sa.Column("day", sa.Date(), nullable=True))
    op.add_column("ticket", sa.Column("used_at", sa.DateTime(timezone=True), nullable=True))
    op.alter_column("ticket", "sale_id", nullable=True)
    op.create_index("ix_ticket_venue_id_order_id", "ticket", ["venue_id", "order_id"])
    op.create_foreign_key(
        op.f("fk_ticket_venue_id_order_id_orders"),
        "ticket",
        "orders",
        ["venue_id", "order_id"],
        ["venue_id", "id"],
        deferrable=True,
        initially="DEFERRED",
    )
    op.create_check_constraint(op.f("ck_ticket_one_origin"), "ticket", "num_nonnulls(sale_id, order_id) = 1")


def downgrade() -> None:
    op.execute("delete from ticket where sale_id is null")
    op.drop_constraint(op.f("ck_ticket_one_origin"), "ticket")
    op.drop_constraint(op.f("fk_ticket_venue_id_order_id_orders"), "ticket")
    op.drop_index("ix_ticket_venue_id_order_id", "ticket")
    op.alter_column("ticket", "sale_id", nullable=False)
    for column in ("used_at", "day", "order_id"):
        op.drop_column("ticket", column)
    op.execute(f"alter table credit_lot alter constraint {_OWNER} not deferrable")
    op.drop_index("ix_credit_lot_venue_id_order_id", "credit_lot")
    for column in ("component", "order_line_id", "order_id"):
        op.drop_column("credit_lot", column)
    op.drop_index("ix_stock_movement_venue_id_order_id", "stock_movement")
    op.drop_column("stock_movement", "order_id")
