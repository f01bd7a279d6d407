"""One pytest session, and a child process for each change: it makes the change and runs the tests that may notice."""

from __future__ import annotations

import argparse
import ctypes
import functools
import gc
import json
import os
import re
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable
from hashlib import blake2b
from pathlib import Path
from types import CodeType
from typing import Any

import pytest
from _pytest.runner import runtestprotocol
from django.db import connections

from pods.tether import PR_SET_PDEATHSIG
from router import script
from tests.mutants import changes, luachanges
from tests.mutants.changes import Change
from tests.mutants.levels import LOOKS, LevelChange, lowered
from tests.mutants.luachanges import LuaChange
from tests.mutants.results import NOT_IN_FORCE, Results
from tests.mutants.texts import chosen

AnyChange = Change | LevelChange | LuaChange
KILLED, SURVIVED, NO_CHANGE, BROKEN = 1, 0, 3, 4
OBSERVED_SECONDS = 7200
RUNNING_CLUSTER = {"cluster", "breakable_cluster", "browser", "example_cluster"}
"""Fixtures of tests that ask other processes, which would not see a change."""


class Runner:
    """The plugin of the session."""

    def __init__(self, files: list[Path], options: argparse.Namespace, results: Results) -> None:
        self.files = files
        self.options = options
        self.results = results

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Keep what runs in this process."""
        kept = [item for item in items if not RUNNING_CLUSTER & set(getattr(item, "fixturenames", ()))]
        items[:] = [item for item in kept if not item.get_closest_marker("slow")]

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Instead of running the tests once: run them once for each change."""
        if session.config.option.collectonly:
            return False
        # What was frozen after loading (tests/conftest.py) cannot be found, so neither changed nor made to forget.
        gc.unfreeze()
        items = [item for item in session.items if isinstance(item, pytest.Function)]
        first = next((item for item in items if item.get_closest_marker("django_db")), None)
        if first:
            # The servers of the session, which all children share.
            _passes(first, _elsewhere(first))
            connections.close_all()
        lua, python = _split(self.files)
        calls = self._calls(items)
        self.results.tests = len(calls)
        if self.options.chosen:
            found = [
                each for each in (*chosen(), *(lowered() if LOOKS in self.files else ())) if each.path in self.files
            ]
        else:
            found = [*_all(changes.changes_of, python), *_all(luachanges.changes_of, lua)]
        # The time for all this is that of the changes alone.
        deadline = time.monotonic() + 60 * self.options.minutes
        for number, change in enumerate(
            self._shuffled([each for each in found if re.search(self.options.what, str(each))])
        ):
            if time.monotonic() > deadline:
                self.results.left = number
                break
            self._try(change, items, calls)
        return True

    @staticmethod
    def _shuffled(found: list[AnyChange]) -> list[AnyChange]:
        """In an order that spreads over all files, and is the same each time."""
        return sorted(found, key=lambda each: hash_of(str(each)))

    def _calls(self, items: list[pytest.Function]) -> dict[str, tuple[float, list[Any]]]:
        """By test that passes: how long it takes, and which functions of the files it calls."""
        with tempfile.NamedTemporaryFile("r", suffix=".json") as told:
            observe = functools.partial(_observe, items, {str(path) for path in self.files}, Path(told.name))
            if _in_child(observe, OBSERVED_SECONDS) is None:
                raise pytest.UsageError("The tests took too long before the first change. Name fewer with --tests.")
            found = json.load(told)
        return {
            name: (seconds, [tuple(each) for each in called])
            for name, (seconds, called) in found.items()
            if seconds <= self.options.longest
        }

    def _try(self, change: AnyChange, items: list[pytest.Function], calls: dict[str, Any]) -> None:
        named = {item.nodeid: item for item in items}
        if isinstance(change, LuaChange):
            # Those that start an Envoy come last, and those that share one together.
            tests = sorted(calls, key=lambda name: (*_envoy_of(named[name]), calls[name][0]))
        else:
            tests = sorted((n for n in calls if change.function in calls[n][1]), key=lambda name: calls[name][0])
        if not tests:
            self.results.add(change, "no test calls it")
            return
        longest = 10 + 4 * sum(calls[name][0] for name in tests)
        with tempfile.NamedTemporaryFile("r") as told:
            noticed = functools.partial(_noticed, change, [named[name] for name in tests], Path(told.name))
            status = _in_child(noticed, longest)
            by = told.read()
        word = {SURVIVED: "survived", KILLED: "killed", None: "killed"}
        self.results.add(change, word.get(status, NOT_IN_FORCE), by or "a test that took too long")


def _envoy_of(item: pytest.Function) -> tuple[bool, str]:
    """Whether a test needs an Envoy, and the file whose tests share it."""
    needs_one = {"router", "stubs"} <= set(item.fixturenames)
    return needs_one, str(item.path) if needs_one else ""


def hash_of(text: str) -> int:
    """A number that is the same in every process."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest())


def _all(of: Callable[[Path], Iterable[Any]], paths: list[Path]) -> list[Any]:
    return [change for path in paths for change in of(path)]


def _split(files: list[Path]) -> tuple[list[Path], list[Path]]:
    return [path for path in files if path.suffix == ".lua"], [path for path in files if path.suffix == ".py"]


def _elsewhere(item: pytest.Item) -> pytest.Item | None:
    """A test to which the next turn may go, so that nothing but the session stays set up."""
    others = item.session.items
    in_folder = next((each for each in others if each.path.parent != item.path.parent), None)
    return in_folder or next((each for each in others if each.path != item.path), None)


def _passes(item: pytest.Item, following: pytest.Item | None) -> bool:
    reports = runtestprotocol(item, log=False, nextitem=following)
    return not any(report.failed for report in reports) and any(
        report.when == "call" and report.passed for report in reports
    )


def _in_child(work: Callable[[], int], seconds: float) -> int | None:
    """The exit status of a child process that does this; None when it took too long or died."""
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        status = BROKEN
        try:
            if sys.platform == "linux":
                # It ends with the session, however that ends.
                ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, 1)
            os.dup2(nowhere, 2)
            status = work()
        finally:
            os._exit(status)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.005)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None


def _observe(items: list[pytest.Function], files: set[str], told: Path) -> int:
    found: dict[str, tuple[float, list[changes.Key]]] = {}
    called: set[changes.Key] = set()
    seen: dict[CodeType, changes.Key | None] = {}

    def look(frame: Any, event: str, argument: object) -> None:
        if event == "call":
            code = frame.f_code
            if code not in seen:
                seen[code] = changes.key_of(code) if code.co_filename in files else None
            key = seen[code]
            if key:
                called.add(key)

    for item, following in zip(items, [*items[1:], _elsewhere(items[-1])], strict=True):
        called.clear()
        started = time.monotonic()
        threading.setprofile(look)
        sys.setprofile(look)
        passes = _passes(item, following)
        sys.setprofile(None)
        threading.setprofile(None)
        if passes:
            found[item.nodeid] = time.monotonic() - started, list(called)
    told.write_text(json.dumps(found))
    return 0


def _noticed(change: AnyChange, items: list[pytest.Function], told: Path) -> int:
    if isinstance(change, LuaChange):
        kept = script.read
        script.read = lambda name: change.text if name == change.path.stem else kept(name)
    elif isinstance(change, LevelChange):
        change.put_in_force()
    elif not changes.put_in_force(change):
        return NO_CHANGE
    _forget_answers()
    for item, following in zip(items, [*items[1:], _elsewhere(items[-1])], strict=True):
        if not _passes(item, following):
            told.write_text(item.nodeid)
            # What the modules and packages have set up is taken down again.
            item.session._setupstate.teardown_exact(_elsewhere(item))
            return KILLED
    return SURVIVED


def _forget_answers() -> None:
    """What functions remember was found before the change."""
    for each in gc.get_objects():
        # Not `isinstance`: it looks into lazy objects, which load what they stand for.
        if type(each) is functools._lru_cache_wrapper:
            file = getattr(getattr(each, "__wrapped__", None), "__code__", None)
            if file is not None and ".venv" not in file.co_filename and "site-packages" not in file.co_filename:
                each.cache_clear()
