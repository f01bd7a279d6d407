"""The router's Lua by itself, in the LuaJIT that Envoy has."""

from __future__ import annotations

from typing import Any

from lupa.luajit21 import LuaRuntime

from router import script

KNOWN = ("pod_us0", "pod_us1", "pod_eu0", "pod_eu1", "any-pod")


def lua() -> Any:
    """A runtime in which `require` finds the router's modules. Make it within a test: `make mutants` changes the Lua
    after it has read the files of tests.
    """
    runtime = LuaRuntime(unpack_returned_tuples=True, encoding="latin-1")
    runtime.execute(script.modules(*script.MODULES))
    return runtime


class Cache:
    """cache.lua, called as the filter calls it."""

    def __init__(
        self,
        *,
        prefixes: int = 1000,
        exacts: int = 1000,
        small: int = 100,
        stale_seconds: int = 600,
        credentials: int = 1000,
    ) -> None:
        self.runtime = lua()
        settings = {"prefixes": prefixes, "exacts": exacts, "small": small, "stale_seconds": stale_seconds}
        settings["credentials"] = credentials
        module = self.runtime.eval('require("cache")')
        # Made before the first second of any test.
        self.cache = module.new(self.runtime.table_from(settings), -1000)
        self.known = self.runtime.table_from(dict.fromkeys(KNOWN, True))

    def remember(
        self,
        path: str,
        pod: str = "pod_eu0",
        *,
        exact: bool = False,
        epoch: int | None = None,
        life: int = 60,
        negative: bool = False,
        now: int = 0,
        confirmed: bool = False,
    ) -> bool:
        answer = {"path": path, "target": pod, "exact": exact, "epoch": epoch, "life": life, "negative": negative}
        return bool(self.cache.remember(self.cache, self.runtime.table_from(answer), self.known, now, confirmed))

    def find(self, path: str, now: int = 0) -> tuple[str | None, bool]:
        """Pod and whether it is fresh."""
        found = self.cache.find(self.cache, path, self.known, now)
        return (None, False) if found is None else (found[0], found[1])

    def pod(self, path: str, now: int = 0) -> str | None:
        """The pod of a fresh entry."""
        pod, fresh = self.find(path, now)
        return pod if fresh else None

    def epoch(self, path: str) -> int:
        return int(self.cache.find(self.cache, path, self.known, 0)[2])

    def forget(self, path: str, *, exact: bool = False) -> None:
        self.cache.forget(self.cache, path, exact)

    def count(self, kind: str = "prefixes", partition: str = "large") -> int:
        """The number of entries that a partition holds."""
        counting = """function(store)
            local count = 0
            for _, shard in pairs(store.shards) do
                for _ in pairs(shard.hot) do count = count + 1 end
                for key in pairs(shard.cold) do if shard.hot[key] == nil then count = count + 1 end end
            end
            return count
        end"""
        return int(self.runtime.eval(counting)(self.cache[kind][partition]))
