"""indices by the id alone

Where an index begins with the venue, as the primary key does, and PostgreSQL has seen no rows yet, it takes
either to be as good for finding a row by its key, and may go through all rows of the venue each time that a
foreign key is checked. An id says which venue it is of.
"""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

INDICES = (
    ("order_line", "order_id"),
    ("booking", "order_id"),
    ("booking", "line_id"),
    ("allocation", "order_id"),
    ("allocation", "booking_id"),
)


def upgrade() -> None:
    for table, column in INDICES:
        op.create_index(f"ix_{table}_{column}", table, [column])
        op.drop_index(f"ix_{table}_venue_id_{column}", table_name=table)


def downgrade() -> None:
    for table, column in INDICES:
        op.create_index(f"ix_{table}_venue_id_{column}", table, ["venue_id", column])
        op.drop_index(f"ix_{table}_{column}", table_name=table)
