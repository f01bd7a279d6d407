"""Templated text: `{pod_id}` and `{region}`, and nothing else in braces."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admin_settings.templates import TemplateInvalid, fill, is_template
from schemas.identity import this_topology

LITERALS = st.text(st.characters(codec="utf-8"), max_size=20)
PARTS = st.one_of(
    LITERALS.map(lambda text: (text.replace("{", "{{").replace("}", "}}"), text)),
    st.just(("{pod_id}", "pod_eu0")),
    st.just(("{region}", "eu")),
)


def test_it_works() -> None:
    address = "https://search.{region}.example.com/{pod_id}"
    assert is_template(address)
    assert fill(address, this_topology().pod("pod_eu0")) == "https://search.eu.example.com/pod_eu0"
    assert fill(address, this_topology().pod("pod_us1")) == "https://search.us.example.com/pod_us1"


def test_text_without_names_is_the_same_on_every_pod() -> None:
    assert not is_template("down at {{noon}}")
    assert fill("down at {{noon}}", this_topology().pod("pod_eu0")) == "down at {noon}"


@pytest.mark.parametrize(
    "text",
    [
        "{pod}",
        "{}",
        "{0}",
        "{ pod_id }",
        "{POD_ID}",
        "{pod_id.name}",
        "{pod_id.__class__.__mro__}",
        "{pod_id[0]}",
        "{pod_id!r}",
        "{pod_id:>1000000000}",
        "{pod_id:{region}}",
        "{pod_id",
        "pod_id}",
        "{",
        "}",
        "{{pod_id}",
        "{region!",
    ],
)
def test_what_is_no_template_is_refused_with_the_names_that_are_known(text: str) -> None:
    for read in (is_template, lambda text: fill(text, this_topology().pod("pod_eu0"))):
        with pytest.raises(TemplateInvalid, match=r"\{pod_id\}, \{region\}"):
            read(text)


@given(st.lists(PARTS, max_size=8))
def test_each_name_is_filled_in_and_everything_else_stays(parts: list[tuple[str, str]]) -> None:
    template, filled = ("".join(each) for each in zip(*parts, strict=True)) if parts else ("", "")
    assert fill(template, this_topology().pod("pod_eu0")) == filled


@given(st.text(st.sampled_from("{}!:.[]0 podregin_id"), max_size=24))
def test_any_text_is_refused_or_filled_in_without_reaching_into_anything(text: str) -> None:
    try:
        filled = fill(text, this_topology().pod("pod_eu0"))
    except TemplateInvalid:
        return
    expected = text.replace("{{", "\0").replace("{pod_id}", "pod_eu0").replace("{region}", "eu")
    assert filled == expected.replace("\0", "{").replace("}}", "}")
