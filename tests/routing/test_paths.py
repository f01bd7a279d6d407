from __future__ import annotations

import string
from urllib.parse import quote, unquote_to_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.paths import MAX_PATH_BYTES, PathInvalid, parse, parse_bytes, raw_of_path_info, unescaped


def segments(raw: str) -> list[str]:
    return parse(raw).segments


def test_it_splits_at_slashes() -> None:
    assert segments("/my-company/my-project") == ["my-company", "my-project"]


def test_it_decodes_each_segment_once() -> None:
    assert segments("/my%2Dcompany/a%20b") == ["my-company", "a b"]


def test_an_escaped_slash_stays_in_its_segment() -> None:
    assert segments("/projects/my-company%2fmy-project") == ["projects", "my-company%2Fmy-project"]
    assert unescaped("my-company%2Fmy-project") == "my-company/my-project"


def test_an_escaped_escape_is_not_decoded_twice() -> None:
    assert segments("/a%252Fb/%252e%252e") == ["a%252Fb", "%252e%252e"]
    assert unescaped("a%252Fb") == "a%2Fb"


def test_empty_segments_are_kept() -> None:
    assert segments("/") == [""]
    assert segments("/a//b/") == ["a", "", "b", ""]


def test_broken_escapes_stand_for_themselves() -> None:
    assert [unescaped(segment) for segment in segments("/100%/%zz")] == ["100%", "%zz"]


def test_escaped_bytes_that_are_no_utf8_are_kept_apart() -> None:
    assert segments("/a%FF") == ["a%FF"]
    assert segments("/a%25FF") == ["a%25FF"]
    assert segments("/gr%C3%BCn") == ["grün"]


@pytest.mark.parametrize(
    "raw",
    ["/..", "/.", "/a/../b", "/a/./b", "/a/..", "/%2e%2e/a", "/a/%2E%2e/admin", "/.%2e", "/%2e", "/a/%2e./"],
)
def test_it_refuses_dot_segments(raw: str) -> None:
    with pytest.raises(PathInvalid, match="segment"):
        parse(raw)


@pytest.mark.parametrize("raw", ["/v1...v2", "/...", "/a/..b", "/.gitlab-ci.yml", "/%252e%252e", "/..%2Fx", "/a%2F.."])
def test_it_takes_dots_that_are_no_dot_segment(raw: str) -> None:
    assert parse(raw).raw == raw


@pytest.mark.parametrize("raw", ["", "a", "a/b", "//", "//a", "%2Fa", "?", " /a", "\\a"])
def test_it_refuses_what_does_not_start_with_one_slash(raw: str) -> None:
    with pytest.raises(PathInvalid):
        parse(raw)


@pytest.mark.parametrize("raw", ["/a\0", "/a%00b", "/%00"])
def test_it_refuses_nul(raw: str) -> None:
    with pytest.raises(PathInvalid, match="NUL"):
        parse(raw)


def test_it_takes_an_escaped_nul_that_is_escaped_twice() -> None:
    assert parse("/a%2500").raw == "/a%2500"


def test_it_refuses_more_than_4_kib() -> None:
    assert parse("/" + "a" * (MAX_PATH_BYTES - 1))
    with pytest.raises(PathInvalid, match="4096"):
        parse("/" + "a" * MAX_PATH_BYTES)
    with pytest.raises(PathInvalid, match="4096"):
        parse("/" + "ü" * (MAX_PATH_BYTES // 2))


def test_it_refuses_bytes_that_are_no_utf8() -> None:
    assert parse_bytes("/grün".encode()).segments == ["grün"]
    with pytest.raises(PathInvalid, match="UTF-8"):
        parse_bytes(b"/a\xff")


def test_a_request_without_raw_path_gets_one_that_decodes_to_its_path_info() -> None:
    assert raw_of_path_info(b"/a/100%/b") == "/a/100%25/b"
    assert raw_of_path_info("/grün".encode()) == "/gr%C3%BCn"
    assert parse(raw_of_path_info(b"/a\xff")).segments == parse("/a%FF").segments


@given(st.binary(max_size=60))
def test_path_info_survives_the_way_through_a_raw_path(path_info: bytes) -> None:
    assert unquote_to_bytes(raw_of_path_info(path_info)) == path_info


@given(st.lists(st.text("ab.%/-" + string.printable + "ü", max_size=8), max_size=5))
def test_paths_are_equal_exactly_when_their_decoded_segments_are(decoded: list[str]) -> None:
    raw = "/" + "/".join(quote(segment, safe="") for segment in decoded)
    shouted = "/" + "/".join("".join(f"%{byte:02x}" for byte in segment.encode()) for segment in decoded)
    try:
        first, second = parse(raw), parse(shouted)
    except PathInvalid:
        return
    assert first.canonical == second.canonical
    assert [unescaped(segment) for segment in first.segments] == (decoded or [""])


@given(st.text("a.%2eEfF0/\0-", max_size=30))
def test_a_prefix_is_what_was_sent(raw: str) -> None:
    try:
        path = parse("/" + raw)
    except PathInvalid:
        return
    for length in range(1, len(path.raw_segments) + 1):
        prefix = path.prefix(length)
        assert path.raw == prefix or path.raw.startswith(prefix + "/")
