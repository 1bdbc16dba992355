"""a record that is kept

Who made a change is kept with the address that it came from, and every document that a venue was given; the
tables of the record take rows and give none back. Servers of the version before erase without saying so:
for a day they may, where there is something to erase.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

ADDRESSED = {
    "order_version": "at",
    "sale_version": "at",
    "payment": "at",
    "stock_movement": "at",
    "credit_entry": "recorded_at",
}
KEPT = (*ADDRESSED, "catalog_version", "charge", "event", "audit_entry")

_EMPTIED = """
create or replace function only_emptied(before jsonb, after jsonb) returns boolean
language plpgsql immutable as $$
begin
    if before = after then
        return true;
    elsif after = '""' then
        return jsonb_typeof(before) in ('string', 'null');
    elsif jsonb_typeof(before) <> jsonb_typeof(after) then
        return false;
    elsif jsonb_typeof(before) = 'object' then
        return array(select jsonb_object_keys(before)) = array(select jsonb_object_keys(after))
            and not exists (select 1 from jsonb_each(before) b
                            where not only_emptied(b.value, after -> b.key));
    elsif jsonb_typeof(before) = 'array' then
        return jsonb_array_length(before) = jsonb_array_length(after)
            and not exists (select 1 from rows from (jsonb_array_elements(before),
                                                     jsonb_array_elements(after)) as e(b, a)
                            where not only_emptied(e.b, e.a));
    end if;
    return false;
end $$
"""

_KEEP = """
create or replace function keep_the_record() returns trigger language plpgsql as $$
begin
    if current_setting('sojourn.forgetting', true) = 'on' or now() < tg_argv[0]::timestamptz then
        if tg_op = 'UPDATE' and only_emptied(to_jsonb(old), to_jsonb(new)) then
            return new;
        elsif tg_op = 'DELETE' and tg_table_name = 'audit_entry' then
            return old;
        end if;
    end if;
    raise exception 'the record is only ever added to: % of %', tg_op, tg_table_name
        using errcode = 'restrict_violation',
              hint = 'Forgetting, with sojourn.forgetting on, empties texts and changes nothing else.';
end $$
"""


def upgrade() -> None:
    for table, at in ADDRESSED.items():
        op.add_column(table, sa.Column("actor_address", sa.String(), server_default="", nullable=False))
        op.create_index(f"ix_{table}_addressed", table, [at], postgresql_where=sa.text("actor_address <> ''"))
    op.create_table(
        "catalog_version",
        sa.Column("venue_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_key", sa.Uuid(), nullable=True),
        sa.Column("actor_role", sa.String(), nullable=False),
        sa.Column("actor_name", sa.String(), nullable=False),
        sa.Column("actor_address", sa.String(), server_default="", nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("changes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("document", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["venue_id"], ["venue.id"], name=op.f("fk_catalog_version_venue_id_venue")),
        sa.PrimaryKeyConstraint("venue_id", "version", name=op.f("pk_catalog_version")),
    )
    op.create_index(
        "ix_catalog_version_addressed",
        "catalog_version",
        ["at"],
        postgresql_where=sa.text("actor_address <> ''"),
    )
    op.execute(_EMPTIED)
    op.execute(_KEEP)
    connection = op.get_bind()
    told = "select case when exists (select 1 from venue) then now() + interval '1 day' else '-infinity' end"
    until = connection.execute(sa.text(f"select ({told})::text")).scalar_one()
    for table in KEPT:
        for what, each in (("update or delete", "row"), ("truncate", "statement")):
            op.execute(
                f"create trigger kept_{each} before {what} on {table}"
                f" for each {each} execute function keep_the_record('{until}')"
            )


def downgrade() -> None:
    for table in KEPT:
        for each in ("row", "statement"):
            op.execute(f"drop trigger kept_{each} on {table}")
    op.execute("drop function keep_the_record()")
    op.execute("drop function only_emptied(jsonb, jsonb)")
    op.drop_table("catalog_version")
    for table in ADDRESSED:
        op.drop_index(f"ix_{table}_addressed", table)
        op.drop_column(table, "actor_address")
