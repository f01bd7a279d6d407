"""What browsers and crawlers ask for without being told: an answer of its own, never the way to sign-in."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from django.contrib.staticfiles.finders import find
from django.test import Client

from tests.databases import ALIASES

PNG, ICO = b"\x89PNG\r\n\x1a\n", b"\0\0\1\0"


@pytest.mark.parametrize(
    ("path", "kind", "begins"),
    [
        ("/robots.txt", "text/plain", b"User-agent: *\nDisallow: "),
        ("/-/manifest.json", "application/manifest+json", b"{"),
        ("/favicon.ico", "image/vnd.microsoft.icon", ICO),
        ("/favicon.png", "image/png", PNG),
        ("/apple-touch-icon.png", "image/png", PNG),
        ("/apple-touch-icon-precomposed.png", "image/png", PNG),
    ],
)
def test_it_answers_and_may_be_kept(client: Client, path: str, kind: str, begins: bytes) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer["Content-Type"].partition(";")[0]) == (200, kind)
    assert answer.content.startswith(begins)
    assert answer["Cache-Control"] == "public, max-age=86400"
    assert not answer.cookies


@pytest.mark.django_db(databases=ALIASES)
def test_the_manifest_names_icons_that_there_are(client: Client) -> None:
    manifest = client.get("/-/manifest.json").json()
    assert (manifest["name"], manifest["start_url"], manifest["scope"]) == ("Forge", "/", "/")
    sizes = {icon["sizes"]: icon["src"] for icon in manifest["icons"]}
    assert set(sizes) == {"any", "192x192", "512x512"}
    for size, name in (("192x192", "icon-192.png"), ("512x512", "icon-512.png")):
        path = find(f"pods/{name}")
        assert isinstance(path, str)
        head = Path(path).read_bytes()
        assert f"{int.from_bytes(head[16:20])}x{int.from_bytes(head[20:24])}" == size
    for source in sizes.values():
        with closing(client.get(source)) as answer:
            assert answer.status_code == 200


def test_pages_name_the_manifest_and_may_load_it(client: Client) -> None:
    page = client.get("/users/sign_in")
    assert '<link rel="manifest" href="/-/manifest.json">' in page.text
    assert "manifest-src 'self'" in page["Content-Security-Policy"]
