"""feeds, imported calendars, when the events of a calendar changed"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "feed",
        sa.Column("venue_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("guest", sa.Integer(), nullable=True),
        sa.Column("details", sa.Boolean(), nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('order', 'guest', 'customer', 'resource', 'venue')", name=op.f("ck_feed_kind")
        ),
        sa.CheckConstraint("(kind = 'guest') = (guest IS NOT NULL)", name=op.f("ck_feed_guest")),
        sa.ForeignKeyConstraint(["venue_id"], ["venue.id"], name=op.f("fk_feed_venue_id_venue")),
        sa.PrimaryKeyConstraint("venue_id", "id", name=op.f("pk_feed")),
        sa.UniqueConstraint("venue_id", "token", name=op.f("uq_feed_venue_id_token")),
    )
    op.create_table(
        "imported_calendar",
        sa.Column("venue_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("resource_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("refreshed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(url IS NULL) <> (content IS NULL)", name=op.f("ck_imported_calendar_source")),
        sa.ForeignKeyConstraint(["venue_id"], ["venue.id"], name=op.f("fk_imported_calendar_venue_id_venue")),
        sa.ForeignKeyConstraint(
            ["venue_id", "resource_id"],
            ["resource.venue_id", "resource.id"],
            name=op.f("fk_imported_calendar_venue_id_resource_id_resource"),
        ),
        sa.PrimaryKeyConstraint("venue_id", "id", name=op.f("pk_imported_calendar")),
    )
    op.create_index(
        "ix_imported_calendar_next_at",
        "imported_calendar",
        ["next_at"],
        unique=False,
        postgresql_where=sa.text("removed_at IS NULL"),
    )
    op.add_column("block", sa.Column("calendar_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_block_venue_id_calendar_id_imported_calendar"),
        "block",
        "imported_calendar",
        ["venue_id", "calendar_id"],
        ["venue_id", "id"],
    )
    op.add_column(
        "booking",
        sa.Column("names", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
    )
    op.create_index("ix_order_version_venue_id_at", "order_version", ["venue_id", "at"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_order_version_venue_id_at", table_name="order_version")
    op.drop_column("booking", "names")
    op.drop_constraint(op.f("fk_block_venue_id_calendar_id_imported_calendar"), "block", type_="foreignkey")
    op.drop_column("block", "calendar_id")
    op.drop_index(
        "ix_imported_calendar_next_at",
        table_name="imported_calendar",
        postgresql_where=sa.text("removed_at IS NULL"),
    )
    op.drop_table("imported_calendar")
    op.drop_table("feed")
