from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import multidb.pinning
import pytest
from asgiref.sync import async_to_sync, sync_to_async

from schemas import pinning
from schemas.pinning import is_pinned, pin, use_primary_db, wrote
from schemas.router import SchemaRouter
from users.models import User


@pytest.fixture(autouse=True)
def unpinned() -> Iterator[None]:
    pinning.forget_pins()
    yield
    pinning.forget_pins()


def alias() -> str:
    return SchemaRouter().db_for_read(User)


def test_it_works() -> None:
    assert alias() == "users_replica"
    with use_primary_db():
        assert alias() == "users"
    assert alias() == "users_replica"


def test_nested_use_restores_what_it_found() -> None:
    with use_primary_db():
        with use_primary_db():
            pass
        assert is_pinned("users")
        with use_primary_db("routes"):
            pass
        assert is_pinned("users")
    assert not is_pinned("users")


def test_an_error_inside_restores_too() -> None:
    with pytest.raises(ZeroDivisionError), use_primary_db("users"):
        _ = 1 / 0
    assert not is_pinned("users")


def test_it_decorates_what_calls_itself() -> None:
    @use_primary_db()
    def inside(deeper: int) -> list[str]:
        return [*(inside(deeper - 1) if deeper else []), alias()]

    assert inside(2) == ["users"] * 3
    assert alias() == "users_replica"


def test_a_pin_holds_for_all_schemas_of_a_server() -> None:
    pin("users")
    assert is_pinned("routes")
    assert not is_pinned("main")


def test_who_wrote_reads_the_primary_and_goes_on_to_after_a_block() -> None:
    with use_primary_db("routes"):
        wrote("users")
    assert alias() == "users"
    assert pinning.written_servers() == {"shared"}


def test_it_speaks_multidbs_language() -> None:
    multidb.pinning.pin_this_thread()
    assert alias() == "users"
    multidb.pinning.unpin_this_thread()
    assert alias() == "users_replica"


def test_threads_do_not_see_each_other() -> None:
    seen: list[str] = []
    with use_primary_db():
        other = threading.Thread(target=lambda: seen.append(alias()))
        other.start()
        other.join()
    assert seen == ["users_replica"]


def test_tasks_do_not_see_each_other_and_their_threads_see_them() -> None:
    async def page(pinned: bool) -> tuple[str, str]:
        if pinned:
            pin("users")
        return alias(), await sync_to_async(alias)()

    async def pages() -> list[tuple[str, str]]:
        return list(await asyncio.gather(page(True), page(False)))

    assert async_to_sync(pages)() == [("users", "users"), ("users_replica", "users_replica")]
