"""credits as of when"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("credit_entry", sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("update credit_entry set recorded_at = at")
    op.alter_column("credit_entry", "recorded_at", nullable=False)


def downgrade() -> None:
    op.drop_column("credit_entry", "recorded_at")
