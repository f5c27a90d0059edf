from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from amplifier.store import bulk
from amplifier.store.tables import campaign, event
from tests.support.statements import asked

if TYPE_CHECKING:
    from amplifier.store.engine import Store

AT = datetime(2026, 12, 1, 0, 30, 0, 7, tzinfo=UTC)


def test_rows_stand_in_their_order_with_their_instants_however_many_statements_it_takes(store: Store) -> None:
    count = bulk.VARIABLES // 3 + 2
    with asked(store) as seen, store.write() as connection:
        at = bulk.stored(connection)(AT)
        rows = [{"at": at, "who": f"w{n}", "kind": "bench"} for n in range(count)]
        bulk.insert_rows(connection, event, rows)
    assert len(seen.statements) == (1 if store.postgresql else 2)
    with store.read() as connection:
        found = connection.execute(select(event.c.who, event.c.at).order_by(event.c.id)).all()
    assert [row.who for row in found] == [f"w{n}" for n in range(count)]
    assert {row.at for row in found} == {AT}


def test_a_value_goes_to_its_column_in_whatever_order_a_row_names_them(store: Store) -> None:
    with store.write() as connection:
        at = bulk.stored(connection)(AT)
        one = {"name": "a", "timezone": "UTC", "created_at": at}
        other = {"created_at": at, "timezone": "Asia/Seoul", "name": "b"}
        bulk.insert_rows(connection, campaign, [one, other])
    with store.read() as connection:
        found = connection.execute(select(campaign.c.name, campaign.c.timezone).order_by(campaign.c.id)).all()
    assert [tuple(row) for row in found] == [("a", "UTC"), ("b", "Asia/Seoul")]


def test_what_the_database_refuses_is_an_error_of_the_database(store: Store) -> None:
    with store.write() as connection:
        row = {"name": "a", "timezone": "UTC", "created_at": bulk.stored(connection)(AT)}
    with pytest.raises(IntegrityError), store.write() as connection:
        bulk.insert_rows(connection, campaign, [row, row])


def test_reserved_ids_ascend_and_no_one_else_gets_them(store: Store) -> None:
    with store.write() as connection:
        ids = bulk.reserve(connection, campaign, 3)
        at = bulk.stored(connection)(AT)
        rows = [{"id": key, "name": f"c{key}", "timezone": "UTC", "created_at": at} for key in ids]
        bulk.insert_rows(connection, campaign, rows)
        assert bulk.reserve(connection, campaign, 0) == []
    with store.write() as connection:
        more = bulk.reserve(connection, campaign, 2)
    assert ids == sorted(ids)
    assert len(set(ids)) == 3
    assert min(more) > max(ids)
