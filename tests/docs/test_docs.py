"""The docs tell the truth: what can be enumerated is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic.fields import FieldInfo

from settings.environment import Environment
from topology.places import CHECKOUT

DOCS = CHECKOUT / "docs"
PAGES = [CHECKOUT / "README.md", CHECKOUT / "CONTRIBUTING.md", *sorted(DOCS.glob("*.md"))]


@pytest.mark.parametrize("field", Environment.model_fields.values(), ids=lambda field: field.validation_alias)
def test_every_environment_variable_is_documented_by_its_description(field: FieldInfo) -> None:
    assert f"| `{field.validation_alias}` | {field.description} |" in (DOCS / "configuration.md").read_text()


def test_no_documented_variable_is_unknown() -> None:
    documented = set(re.findall(r"^\| `([A-Z_]+)` \|", (DOCS / "configuration.md").read_text(), re.MULTILINE))
    known = {str(field.validation_alias) for field in Environment.model_fields.values()}
    assert documented - known == set()


def test_every_folder_has_a_line_in_the_architecture() -> None:
    folders = {path.parent.name for path in CHECKOUT.glob("*/__init__.py")} | {
        "docs",
        "requirements",
    }
    page = (DOCS / "architecture.md").read_text()
    assert {folder for folder in folders if f"| `{folder}/` |" not in page} == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []
