from __future__ import annotations

from importlib import import_module

Migration = import_module("tests.operations.releases.earlier.migrations.0001_shelves").Migration
