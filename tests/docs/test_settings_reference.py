"""docs/settings-reference.md lists every setting as it is defined."""

from __future__ import annotations

import pytest
from django.core.management import call_command

from admin_settings.definitions import DEFINITIONS
from admin_settings.reference import BEGIN, END, ReferenceMissing, with_reference
from topology.places import CHECKOUT

PAGE = CHECKOUT / "docs" / "settings-reference.md"


def test_the_reference_is_as_the_command_writes_it() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == with_reference(page), "run: manage.py settings_reference --write"


@pytest.mark.parametrize("name", DEFINITIONS)
def test_every_setting_is_in_it(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("settings_reference")
    assert f"| `{name}` | {DEFINITIONS[name].description}" in capsys.readouterr().out


def test_it_replaces_only_what_is_between_its_marks() -> None:
    page = with_reference(f"# Before\n\n{BEGIN}\nold\n{END}\n\nAfter\n")
    assert page.startswith(f"# Before\n\n{BEGIN}\n\n## ")
    assert page.endswith(f"{END}\n\nAfter\n")
    assert "old\n" not in page


def test_it_says_when_there_is_no_place_for_it() -> None:
    with pytest.raises(ReferenceMissing, match="needs the lines"):
        with_reference("# Nothing")
