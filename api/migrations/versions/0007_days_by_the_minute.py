"""what is held by the minute, on the days that writers lock"""

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from struct import pack
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_MIDNIGHT = timedelta(days=1)


def upgrade() -> None:
    op.add_column(
        "venue_counter", sa.Column("parts_version", sa.Integer(), server_default="0", nullable=False)
    )
    op.add_column("allocation", sa.Column("doubled", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.drop_constraint(op.f("ck_allocation_places"), "allocation")
    op.create_check_constraint(
        op.f("ck_allocation_places"),
        "allocation",
        "doubled OR CASE WHEN use = 'shared' THEN (lower(places) >= 1 AND upper(places) <= capacity + 1) IS TRUE AND quantity >= 1 ELSE use IN ('exclusive', 'seated') AND places = '{[1,)}' AND quantity = 1 END",
    )
    op.create_index("ix_allocation_doubled", "allocation", ["venue_id"], postgresql_where=sa.text("doubled"))
    op.execute("alter table resource_day set (fillfactor = 70)")  # rows are updated where they are
    for name in ("busy", "load"):
        op.add_column("resource_day", sa.Column(name, sa.LargeBinary(), server_default="", nullable=False))
    op.add_column(
        "resource_day", sa.Column("crowded", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column("resource_day", sa.Column("version", sa.BigInteger(), server_default="0", nullable=False))
    op.create_index("ix_resource_day_venue_id_day", "resource_day", ["venue_id", "day"])
    connection = op.get_bind()
    for venue_id, resource_id in connection.execute(_RESOURCES).all():
        given = {"venue": venue_id, "resource": resource_id}
        held = connection.execute(_HELD, given).all()
        days = [given | {"day": day} | row for day, row in _days(held).items()]
        for at in range(0, len(days), 1000):
            connection.execute(_FILL, days[at : at + 1000])


_RESOURCES = sa.text("select distinct venue_id, resource_id from allocation")
_HELD = sa.text(
    "select lower(during), upper(during), case when use = 'shared' then quantity else 0 end"
    " from allocation where venue_id = :venue and resource_id = :resource"
)
_FILL = sa.text(
    "insert into resource_day (venue_id, resource_id, day, busy, load) values (:venue, :resource, :day, :busy, :load)"
    " on conflict (venue_id, resource_id, day) do update set busy = excluded.busy, load = excluded.load"
)


def _days(held: Any) -> dict[date, dict[str, bytes]]:
    """As booking/day_rows.py writes them: bits by the minute of what is held whole, steps of places."""
    busy: defaultdict[date, int] = defaultdict(int)
    steps: defaultdict[date, defaultdict[int, int]] = defaultdict(lambda: defaultdict(int))
    for start, end, places in held:
        midnight = datetime(start.year, start.month, start.day, tzinfo=UTC)
        while midnight < end:
            a = max(0, (start - midnight) // timedelta(minutes=1))
            b = min(1440, (end - midnight) // timedelta(minutes=1))
            if places:
                steps[midnight.date()][a] += places
                steps[midnight.date()][b] -= places
            else:
                busy[midnight.date()] |= ((1 << (b - a)) - 1) << a
            midnight += _MIDNIGHT
    out = {}
    for day in busy.keys() | steps.keys():
        flat: list[int] = []
        level = 0
        for minute in sorted(m for m, more in steps[day].items() if more and m < 1440):
            level += steps[day][minute]
            flat += (minute, level)
        bits = busy[day].to_bytes(180, "little") if busy[day] else b""
        out[day] = {"busy": bits, "load": pack(f"<{len(flat)}I", *flat)}
    return out


def downgrade() -> None:
    for name in ("version", "crowded", "load", "busy"):
        op.drop_column("resource_day", name)
    op.drop_index("ix_resource_day_venue_id_day", table_name="resource_day")
    op.execute("alter table resource_day reset (fillfactor)")
    op.execute("delete from allocation where doubled")
    op.drop_index("ix_allocation_doubled", table_name="allocation")
    op.drop_constraint(op.f("ck_allocation_places"), "allocation")
    op.create_check_constraint(
        op.f("ck_allocation_places"),
        "allocation",
        "CASE WHEN use = 'shared' THEN (lower(places) >= 1 AND upper(places) <= capacity + 1) IS TRUE AND quantity >= 1 ELSE use IN ('exclusive', 'seated') AND places = '{[1,)}' AND quantity = 1 END",
    )
    op.drop_column("allocation", "doubled")
    op.drop_column("venue_counter", "parts_version")
