"""plans of whole days"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "day_plan",
        sa.Column("venue_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("asked", postgresql.JSONB(), nullable=False),
        sa.Column("actor", postgresql.JSONB(), nullable=False),
        sa.Column("found", postgresql.JSONB(), nullable=True),
        sa.Column("said", sa.String(), nullable=False),
        sa.Column("worker", sa.Uuid(), nullable=True),
        sa.Column("beat_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("beginnings", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('queued', 'running', 'done', 'cancelled', 'failed', 'applied')",
            name=op.f("ck_day_plan_state"),
        ),
        sa.CheckConstraint("(state = 'running') = (worker IS NOT NULL)", name=op.f("ck_day_plan_worker")),
        sa.ForeignKeyConstraint(["venue_id"], ["venue.id"], name=op.f("fk_day_plan_venue_id_venue")),
        sa.PrimaryKeyConstraint("venue_id", "id", name=op.f("pk_day_plan")),
    )
    op.create_index(
        "uq_day_plan_running",
        "day_plan",
        ["venue_id"],
        unique=True,
        postgresql_where=sa.text("state = 'running'"),
    )
    op.create_index(
        "ix_day_plan_waiting",
        "day_plan",
        ["created_at"],
        postgresql_where=sa.text("state IN ('queued', 'running')"),
    )


def downgrade() -> None:
    op.drop_table("day_plan")
