"""days looked up one by one

PostgreSQL plans the statements of a function once for a session: where that was on an empty table, the days to be
locked were joined with all days of the venue from then on, until the statistics came. Now each is looked up by
itself, in the order of the locks, and both indices know all of its key.
"""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

# OFFSET 0, and a lock for each row: either keeps what is looked up from being joined with all days of the venue.
_LOCK_DAYS = """
create or replace function lock_days(venue uuid, resources uuid[], days date[]) returns setof resource_day
language plpgsql as $$
declare
    missing boolean := exists (
        select 1 from unnest(resources, days) as wanted (resource_id, day)
        where not exists (
            select 1 from resource_day d
            where d.venue_id = venue and d.resource_id = wanted.resource_id and d.day = wanted.day
            offset 0
        )
    );
begin
    if missing then  -- rows that are there are locked on the way, in their place, and stay as they are
        insert into resource_day as d (venue_id, resource_id, day)
        select venue, wanted.resource_id, wanted.day
        from unnest(resources, days) as wanted (resource_id, day)
        order by wanted.resource_id, wanted.day
        on conflict (venue_id, resource_id, day) do update set version = d.version where false;
    end if;
    return query
        select locked.*
        from (select * from unnest(resources, days) as one (resource_id, day) order by 1, 2) as wanted
        cross join lateral (
            select * from resource_day d
            where d.venue_id = venue and d.resource_id = wanted.resource_id and d.day = wanted.day
            for update
        ) as locked;
end $$
"""

_LOCK_DAYS_BEFORE = """
create or replace function lock_days(venue uuid, resources uuid[], days date[]) returns setof resource_day
language plpgsql as $$
declare
    missing boolean := exists (
        select 1 from unnest(resources, days) as wanted (resource_id, day)
        where not exists (select 1 from resource_day d
                          where d.venue_id = venue and d.resource_id = wanted.resource_id and d.day = wanted.day)
    );
begin
    if missing then
        insert into resource_day as d (venue_id, resource_id, day)
        select venue, wanted.resource_id, wanted.day
        from unnest(resources, days) as wanted (resource_id, day)
        order by wanted.resource_id, wanted.day
        on conflict (venue_id, resource_id, day) do update set version = d.version where false;
    end if;
    return query
        select d.*
        from unnest(resources, days) as wanted (resource_id, day)
        join resource_day d on d.venue_id = venue and d.resource_id = wanted.resource_id and d.day = wanted.day
        order by d.resource_id, d.day
        for update of d;
end $$
"""


def upgrade() -> None:
    op.drop_index("ix_resource_day_venue_id_day", table_name="resource_day")
    op.create_index("ix_resource_day_venue_id_day", "resource_day", ["venue_id", "day", "resource_id"])
    op.execute(_LOCK_DAYS)


def downgrade() -> None:
    op.execute(_LOCK_DAYS_BEFORE)
    op.drop_index("ix_resource_day_venue_id_day", table_name="resource_day")
    op.create_index("ix_resource_day_venue_id_day", "resource_day", ["venue_id", "day"])
