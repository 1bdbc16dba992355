"""`sojourn verify` finds what may not be, by its key, and nothing where all is well."""

import asyncio

import asyncpg
from click.testing import CliRunner

from api.cli import main
from booking.verifying import _STATEMENTS as OF_ORDERS
from catalog.verifying import _STATEMENTS as OF_CATALOGS
from pricing.verifying import _STATEMENTS as OF_MONEY
from pricing.verifying import OTHER_CREDITS, OTHER_TICKETS
from tests.faults.conftest import Copies

LAST = "where id = (select id from {0} order by id desc limit 1)"
SPOILT = {
    "a version of the catalog is missing": "insert into catalog_version select"
    " (jsonb_populate_record(c, jsonb_build_object('version', version + 5))).* from catalog_version c",
    "the catalog is not its last version": 'update venue set spec = spec || \'{"name": "Another"}\'',
    "a version of a sale is missing": "delete from sale_version where version = 1 and sale_id in"
    " (select id from sale where status = 'closed')",
    "a sale is not its last version": "update sale set status = 'voided' where status = 'saved'",
    "nobody changed a sale": "update sale_version set actor_role = ''",
    "nobody moved credits": "update credit_entry set actor_role = ''",
    **{
        f"the entries of a lot do not add up to what is {account}": f"update credit_entry set {account} = 3"
        for account in ("remaining", "reserved", "used", "expired")
    },
    "an entry of a lot is missing": "delete from credit_entry where lot_id ="
    " (select id from credit_lot where is_money limit 1)",
    "credits below zero": "alter table credit_entry drop constraint ck_credit_entry_never_negative;"
    " update credit_entry set expired = -1",
    "an entry moves other credits than it names": "update credit_entry set units = '{1}'",
    "a lot ends at another time than its entries say": "update credit_lot set open_until = now()",
    "the movements of a stock do not add up": "update stock_movement set level = level + 1",
    "a movement of a stock is missing": "update stock_movement set seq = seq + 10",
    "more was paid back than paid": "update payment set amount = -amount",
    "a card paid something else than its entries say": "update payment set method = 'value_card'",
    "the lines of a sale are not its total": "update sale_version set value ="
    " jsonb_set(value, '{total}', '\"1.00\"') where sale_id in (select id from sale where status = 'closed')",
    OTHER_CREDITS: "insert into credit_entry select (jsonb_populate_record(e, jsonb_build_object('seq', 2,"
    " 'source', 'remaining', 'target', 'reserved', 'kind', 'reserve', 'line_id', gen_random_uuid(),"
    " 'product', 'massage', 'order_id', o.id))).* from credit_entry e, (select id from orders limit 1) o"
    " where e.seq = 1 and e.product is null limit 1",
    OTHER_TICKETS: "insert into ticket (venue_id, id, order_id, line_id, position, product, name, code)"
    " select venue_id, gen_random_uuid(), id, gen_random_uuid(), 0, 'pool', 'Pool', 'X' from orders limit 1",
    "an order is not its last version": "update orders set total = total + 1 where number = 1",
    "a version of an order is missing": "delete from order_version where version = 1 and order_id in"
    " (select id from orders where version > 1)",
    "the number of an order is missing": "update venue_counter set last_order = last_order + 1",
    "nobody changed an order": "update order_version set actor_role = ''",
    "a resource is held twice": "alter table allocation drop constraint allocation_guard;"
    " insert into allocation select (jsonb_populate_record(a, jsonb_build_object('id', gen_random_uuid()))).*"
    " from allocation a limit 1",
    "an event is missing": "delete from event where seq = 2",
    "a version that no event tells of": "delete from event where seq = 3",
    "a calendar entry went back to an earlier SEQUENCE": "update order_version v set value = jsonb_set(value,"
    " '{lines,0,bookings,0,sequence}', '9') where version = 1 and order_id in"
    " (select id from orders where version > 1)",
    "the bookings are not what the order says": "update booking set quantity = quantity + 1",
    "an order holds something else than it says": "delete from allocation where booking_id ="
    " (select booking_id from allocation order by 1 desc limit 1)",
    "the charges are not the total and the fees": "update charge set amount = amount + 1",
    "the lines of the price are not the total": "update order_version set value ="
    " jsonb_set(value, '{total}', '\"1.00\"')",
    "a day is not what is held on it": "update resource_day set busy = '' where busy <> ''",
}
"""For each fault a statement that brings it about, where nothing of the database hinders it."""
SECOND = (
    "a version of a sale is missing",
    "a version of an order is missing",
    "the catalog is not its last version",
)


async def test_what_may_not_be_is_found_by_its_key_and_nothing_where_all_is_well(house: Copies) -> None:
    assert SPOILT.keys() >= {*OF_CATALOGS, *OF_ORDERS, *OF_MONEY}
    sound = await house()
    told = await asyncio.to_thread(verified, sound)
    assert (told.exit_code, told.output) == (0, "Sound: 1 venue, 4 orders, 4 sales.\n")
    unseen = []
    for spoiling in (SPOILT.keys() - set(SECOND), set(SECOND)):
        address = await house()
        connection = await asyncpg.connect(address)
        await connection.execute("set session_replication_role = replica")
        for what in SPOILT:
            if what in spoiling:
                await connection.execute(SPOILT[what])
        await connection.close()
        told = await asyncio.to_thread(verified, address)
        assert told.exit_code == 1
        unseen += [what for what in spoiling if f"harbour: {what}" not in told.output]
    assert unseen == [], unseen
    assert "    order 3" in told.output


def verified(address: str):  # type: ignore[no-untyped-def]
    return CliRunner().invoke(main, ["verify"], env={"SOJOURN_DATABASE_URL": address})
