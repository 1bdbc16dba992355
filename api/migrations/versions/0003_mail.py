"""mails, links to orders, the languages of customers"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_WHAT_HAPPENED_BEFORE_IS_NOT_WRITTEN_ABOUT = """
    INSERT INTO mail_cursor (venue_id, last_event) SELECT venue_id, last_event FROM venue_counter
"""


def upgrade() -> None:
    op.create_table(
        "mail_cursor",
        sa.Column("venue_id", sa.Uuid(), nullable=False),
        sa.Column("last_event", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["venue_id"], ["venue.id"], name=op.f("fk_mail_cursor_venue_id_venue")),
        sa.PrimaryKeyConstraint("venue_id", name=op.f("pk_mail_cursor")),
    )
    op.create_table(
        "mail_template",
        sa.Column("venue_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('confirmation', 'change', 'cancellation', 'reminder')",
            name=op.f("ck_mail_template_kind"),
        ),
        sa.ForeignKeyConstraint(["venue_id"], ["venue.id"], name=op.f("fk_mail_template_venue_id_venue")),
        sa.PrimaryKeyConstraint("venue_id", "kind", "language", name=op.f("pk_mail_template")),
    )
    op.create_table(
        "mail",
        sa.Column("venue_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("event_seq", sa.BigInteger(), nullable=True),
        sa.Column("reminds_of", sa.DateTime(timezone=True), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("recipient_name", sa.String(), nullable=False),
        sa.Column("sender", sa.String(), nullable=False),
        sa.Column("sender_name", sa.String(), nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("html", sa.String(), nullable=False),
        sa.Column("calendars", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('confirmation', 'change', 'cancellation', 'reminder')", name=op.f("ck_mail_kind")
        ),
        sa.CheckConstraint("state IN ('queued', 'sent', 'failed', 'kept')", name=op.f("ck_mail_state")),
        sa.ForeignKeyConstraint(
            ["venue_id", "order_id"],
            ["orders.venue_id", "orders.id"],
            name=op.f("fk_mail_venue_id_order_id_orders"),
        ),
        sa.ForeignKeyConstraint(["venue_id"], ["venue.id"], name=op.f("fk_mail_venue_id_venue")),
        sa.PrimaryKeyConstraint("venue_id", "id", name=op.f("pk_mail")),
        sa.UniqueConstraint(
            "venue_id", "event_seq", "recipient", name=op.f("uq_mail_venue_id_event_seq_recipient")
        ),
        sa.UniqueConstraint("venue_id", "message_id", name=op.f("uq_mail_venue_id_message_id")),
        sa.UniqueConstraint(
            "venue_id",
            "order_id",
            "reminds_of",
            "recipient",
            name=op.f("uq_mail_venue_id_order_id_reminds_of_recipient"),
        ),
    )
    op.create_index(
        "ix_mail_queued",
        "mail",
        ["venue_id", "next_at"],
        unique=False,
        postgresql_where=sa.text("state = 'queued'"),
    )
    op.create_index("ix_mail_venue_id_order_id", "mail", ["venue_id", "order_id"], unique=False)
    op.create_table(
        "order_link",
        sa.Column("venue_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["venue_id", "order_id"],
            ["orders.venue_id", "orders.id"],
            name=op.f("fk_order_link_venue_id_order_id_orders"),
        ),
        sa.PrimaryKeyConstraint("venue_id", "id", name=op.f("pk_order_link")),
        sa.UniqueConstraint("venue_id", "digest", name=op.f("uq_order_link_venue_id_digest")),
    )
    op.create_index("ix_order_link_venue_id_order_id", "order_link", ["venue_id", "order_id"], unique=False)
    op.add_column("customer", sa.Column("language", sa.String(), nullable=True))
    op.execute(_WHAT_HAPPENED_BEFORE_IS_NOT_WRITTEN_ABOUT)


def downgrade() -> None:
    op.drop_column("customer", "language")
    op.drop_index("ix_order_link_venue_id_order_id", table_name="order_link")
    op.drop_table("order_link")
    op.drop_index("ix_mail_venue_id_order_id", table_name="mail")
    op.drop_index("ix_mail_queued", table_name="mail", postgresql_where=sa.text("state = 'queued'"))
    op.drop_table("mail")
    op.drop_table("mail_template")
    op.drop_table("mail_cursor")
