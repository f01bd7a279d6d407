"""Whose cookies; the same as for tests of concealment."""

from __future__ import annotations

from tests.concealment.conftest import cookie

__all__ = ["cookie"]
