"""docs/architecture.md shows the tree as it is, and a place in it for each concept of the seed."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from django.apps import apps

from schemas.placement import SchemaAppConfig
from topology.places import CHECKOUT

PAGE = (CHECKOUT / "docs" / "architecture.md").read_text(encoding="utf-8")
TREE = PAGE[PAGE.index("## The tree") : PAGE.index("## Where each concept")]
CONCEPTS = PAGE[PAGE.index("## Where each concept") : PAGE.index("## Where the seed contradicts")]
ROWS = re.findall(r"^\| `([a-z_/]+)/` \|.*\| (?:`([a-z]+)`)? ?\|$", TREE, re.MULTILINE)
PYPROJECT = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
CONTRACTS = PYPROJECT["tool"]["importlinter"]["contracts"]


def top_level_folders() -> set[str]:
    """What has files of its own: a folder that was moved may have left compiled ones."""
    folders = [path for path in CHECKOUT.iterdir() if path.is_dir() and path.name[0] not in "._"]
    return {path.name for path in folders if any(is_source(file) for file in path.rglob("*"))}


def is_source(path: Path) -> bool:
    return path.is_file() and "__pycache__" not in path.parts


def nested_apps() -> set[str]:
    """The folders of apps inside the folder of their domain."""
    names = [config.name for config in apps.get_app_configs() if config.name.split(".")[0] in top_level_folders()]
    return {name.replace(".", "/") for name in names if "." in name}


def test_the_tree_lists_every_folder_and_app_and_nothing_else() -> None:
    listed = [folder for folder, _ in ROWS]
    assert sorted(listed) == sorted(top_level_folders() | nested_apps())


def test_the_tree_names_the_schema_of_each_app() -> None:
    ours = [config for config in apps.get_app_configs() if isinstance(config, SchemaAppConfig)]
    declared = {config.name.replace(".", "/"): config.schema for config in ours}
    assert {folder: schema for folder, schema in ROWS if schema} == declared


def test_the_tree_lists_the_layers_in_the_order_that_is_proved() -> None:
    layers = next(contract["layers"] for contract in CONTRACTS if "topology" in contract.get("layers", []))
    proved = [re.match(r"[a-z_]+", layer).group() for layer in layers]  # type: ignore[union-attr]
    block = re.findall(r"```\n(.*?)```", TREE, re.DOTALL)[0]
    assert [line.split()[0] for line in block.splitlines()] == proved


@pytest.mark.parametrize("row", re.findall(r"^\| (.*) \| (.*) \| .* ?\|$", CONCEPTS, re.MULTILINE)[2:])
def test_each_concept_has_its_place(row: tuple[str, str]) -> None:
    concept, places = row
    paths = re.findall(r"`([^`]+)`", places)
    assert paths or places == "not built", concept
    assert [path for path in paths if not (CHECKOUT / path).exists()] == []
