"""stock that is promised to orders"""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_constraint(op.f("ck_stock_movement_never_negative"), "stock_movement")
    op.create_check_constraint(
        op.f("ck_stock_movement_nothing_sold_that_is_not_there"),
        "stock_movement",
        "level >= 0 OR change > 0 OR order_id IS NOT NULL",
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_stock_movement_nothing_sold_that_is_not_there"), "stock_movement")
    op.execute(
        "alter table stock_movement add constraint ck_stock_movement_never_negative check (level >= 0) not valid"
    )
