"""The pages about the API: they send what people type, and load nothing from elsewhere."""

from __future__ import annotations

import pytest
from playwright.sync_api import Request, expect

from tests.browser.conftest import Come

EXPLORER, DOCS = "/-/graphql-explorer", "/api/docs"


@pytest.mark.parametrize("region", ["us", "eu"])
def test_a_query_is_sent_with_the_session(come: Come, region: str) -> None:
    mia = come(region, "mia")
    assert mia.go(EXPLORER) == 200
    response = mia.page.locator("[data-response]")
    mia.page.get_by_role("button", name="Send").click()
    expect(response).to_contain_text('"username": "mia"')
    mia.page.get_by_label("Example").select_option(label="The open issues of a project, with their authors and labels")
    mia.page.get_by_role("button", name="Send").click()
    expect(response).to_contain_text('"reference"')
    mia.page.get_by_label("Variables, as a JSON object").fill("{")
    mia.page.get_by_role("button", name="Send").click()
    expect(response).to_contain_text("The variables are not a JSON object")
    mia.page.get_by_label("Variables, as a JSON object").fill("")
    mia.page.get_by_label("Query").fill("{ nothing }")
    mia.page.get_by_role("button", name="Send").click()
    expect(response).to_contain_text("Cannot query field 'nothing' on type 'Query'.")
    assert mia.problems == []


def test_a_visitor_asks_what_is_public(come: Come) -> None:
    visitor = come("us")
    assert visitor.go(EXPLORER) == 200
    visitor.page.get_by_role("button", name="Send").click()
    expect(visitor.page.locator("[data-response]")).to_contain_text('"currentUser": null')
    assert visitor.problems == []


def test_the_description_of_the_api_is_shown(come: Come) -> None:
    mia = come("us", "mia")
    asked: list[str] = []

    def note(request: Request) -> None:
        asked.append(request.url)

    mia.page.on("request", note)
    assert mia.go(DOCS) == 200
    expect(mia.page.get_by_text("Create a project", exact=True)).to_be_visible()
    expect(mia.page.get_by_role("link", name="GraphQL")).to_have_attribute("href", EXPLORER)
    here = mia.page.url.removesuffix(DOCS)
    assert asked
    assert [url for url in asked if not url.startswith((here, "data:"))] == []
    assert mia.problems == []
