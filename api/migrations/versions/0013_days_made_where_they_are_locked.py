"""days made where they are locked

Who locks days of resources makes those of which there is no row yet in the same statement, and in the one order
of all writers: a transaction that is taken back and begun anew for each order on a new day is saved.
"""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_LOCK_DAYS = """
create or replace function lock_days(venue uuid, resources uuid[], days date[]) returns setof resource_day
language plpgsql as $$
declare
    missing boolean := exists (
        select 1 from unnest(resources, days) as wanted (resource_id, day)
        where not exists (select 1 from resource_day d
                          where d.venue_id = venue and d.resource_id = wanted.resource_id and d.day = wanted.day)
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
        select d.*
        from unnest(resources, days) as wanted (resource_id, day)
        join resource_day d on d.venue_id = venue and d.resource_id = wanted.resource_id and d.day = wanted.day
        order by d.resource_id, d.day
        for update of d;
end $$
"""


def upgrade() -> None:
    op.execute(_LOCK_DAYS)


def downgrade() -> None:
    op.execute("drop function lock_days(uuid, uuid[], date[])")
