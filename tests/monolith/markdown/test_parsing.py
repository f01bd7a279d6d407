"""Markdown as HTML: what is formatted, and that nothing harmful comes through."""

from __future__ import annotations

from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monolith.markdown import parsing
from monolith.markdown.parsing import LONGEST, parse, references_in
from monolith.markdown.tokens import Reference

REL = 'rel="nofollow noopener noreferrer"'
ALLOWED = {
    **dict.fromkeys(("p", "br", "hr", "em", "strong", "s", "code", "pre", "blockquote", "ul"), frozenset[str]()),
    **dict.fromkeys(("h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr"), frozenset[str]()),
    "a": frozenset({"href", "title", "rel"}),
    "ol": frozenset({"start"}),
    **dict.fromkeys(("li", "th", "td"), frozenset({"class"})),
    "div": frozenset({"class", "role", "aria-label", "tabindex"}),
    "input": frozenset({"type", "disabled", "checked", "aria-label"}),
}
VOID = {"br", "hr", "input"}
ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<iframe src=javascript:alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    "<style>@import 'https://evil.example/x.css'</style>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "</div></main><form action=https://evil.example><input name=password>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java&#10;script:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](vbscript:x)",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](file:///etc/passwd)",
    "<javascript:alert(1)>",
    "![x](https://evil.example/pixel.png)",
    "![x](javascript:alert(1))",
    '![x](x.png "a\\" onerror=\\"alert(1)")',
    '[x](https://a.example "\\"><script>alert(1)</script>")',
    '[x](https://a.example/"onmouseover="alert(1))',
    "[x]: javascript:alert(1)\n\n[x]",
    '```"><script>alert(1)</script>\nx\n```',
    "# <script>alert(1)</script>",
    "|<script>|\n|-|\n|<img src=x onerror=alert(1)>|",
    "- [ ] <script>alert(1)</script>",
    'https://a.example/"onmouseover=alert(1)',
    "https://a.example/<script>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "\\<script>alert(1)\\</script>",
    "#1<script>",
    "@mia<script>",
]
PIECES = [
    "<",
    ">",
    '"',
    "'",
    "[",
    "]",
    "(",
    ")",
    "!",
    "`",
    "*",
    "|",
    "-",
    "\n",
    "javascript:",
    "<script>",
    "onerror=",
    "#1",
    "@a",
]


class Seen(HTMLParser):
    """Every tag and attribute, and whether each tag is closed where it should be."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert {name for name, _ in attrs} <= ALLOWED[tag], (tag, attrs)
        self.tags.add(tag)
        self.links += [value or "" for name, value in attrs if name == "href"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def html_of(text: str) -> str:
    return "".join(piece.text if isinstance(piece, Reference) else piece for piece in parse(text))


def refuse_harm(text: str) -> Seen:
    seen = Seen("".join(piece for piece in parse(text) if isinstance(piece, str)))
    for link in seen.links:
        assert urlsplit(link).scheme in {"", "http", "https", "mailto"}, link
    return seen


@pytest.mark.parametrize("text", ATTACKS)
def test_no_attack_comes_through(text: str) -> None:
    refuse_harm(text)


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=30).map("".join))
def test_nothing_harmful_comes_of_any_text(text: str) -> None:
    refuse_harm(text)


@pytest.mark.parametrize("html", [each for each in ATTACKS if "<" in each])
def test_the_sanitizer_alone_would_stop_it_too(html: str) -> None:
    Seen(parsing._sanitized(html))


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("*a* **b** `c` ~~d~~", "<p><em>a</em> <strong>b</strong> <code>c</code> <s>d</s></p>\n"),
        ("one\ntwo", "<p>one<br>\ntwo</p>\n"),
        ("# One\n### Three\n## Two", "<h3>One</h3>\n<h4>Three</h4>\n<h4>Two</h4>\n"),
        ("###### Six\n# One", "<h3>Six</h3>\n<h3>One</h3>\n"),
        ("<b>x</b>", "<p>&lt;b&gt;x&lt;/b&gt;</p>\n"),
        ("[x](/a)", f'<p><a href="/a" {REL}>x</a></p>\n'),
        (
            "See https://a.example/b#1.",
            f'<p>See <a href="https://a.example/b#1" {REL}>https://a.example/b#1</a>.</p>\n',
        ),
        ("(http://a.example/(b))", f'<p>(<a href="http://a.example/(b)" {REL}>http://a.example/(b)</a>)</p>\n'),
        ("![A cat](https://a.example/c.png)", f'<p><a href="https://a.example/c.png" {REL}>A cat</a></p>\n'),
        (
            "![](https://a.example/c.png)",
            f'<p><a href="https://a.example/c.png" {REL}>https://a.example/c.png</a></p>\n',
        ),
        ("[![A cat](c.png)](/d)", f'<p><a href="/d" {REL}>A cat</a></p>\n'),
        ("```py\n<x>\n```", "<pre><code>&lt;x&gt;\n</code></pre>\n"),
    ],
)
def test_it_formats(text: str, html: str) -> None:
    assert parse(text) == (html,)


def test_tasks_are_shown_as_what_they_are() -> None:
    html = html_of("- [ ] one\n- [x] two\n- three\n\n[ ] four")
    assert html.count('<li class="task"><input type="checkbox" disabled ') == 2
    assert 'disabled aria-label="Open"> one' in html
    assert 'disabled checked aria-label="Done"> two' in html
    assert "<li>three</li>" in html
    assert "[ ] four" in html


def test_tables_can_be_scrolled_by_keyboard() -> None:
    html = html_of("|a|b|\n|:-:|-:|\n|1|2|")
    assert '<div class="wide" role="group" aria-label="Table" tabindex="0"><table>' in html
    assert '<td class="center">1</td>\n<td class="right">2</td>' in html
    assert html.endswith("</table></div>")


@pytest.mark.parametrize(
    ("text", "references"),
    [
        ("#1", [("#", "", 1, "#1")]),
        ("(!23), a", [("!", "", 23, "!23")]),
        ("See a/b#4 and a/b/c!5.", [("#", "a/b", 4, "a/b#4"), ("!", "a/b/c", 5, "a/b/c!5")]),
        ("@mia, @a.b-c. @d", [("@", "mia", 0, "@mia"), ("@", "a.b-c", 0, "@a.b-c"), ("@", "d", 0, "@d")]),
        ("- [ ] #1\n\n|a|\n|-|\n|#2|", [("#", "", 1, "#1"), ("#", "", 2, "#2")]),
        ("**#1**", [("#", "", 1, "#1")]),
    ],
)
def test_it_finds_references(text: str, references: list[tuple[str, str, int, str]]) -> None:
    assert references_in(text) == [Reference(*each) for each in references]


@pytest.mark.parametrize(
    "text",
    [
        *("a#1", "#0", "#01", "#1a", "##1", "#", "a@b.example", "&#1;", "\\#1", "\\@mia", "`#1 @mia`", "    #1"),
        *(
            "```\n@mia\n```",
            "[#1](https://a.example)",
            "https://a.example/#1",
            "![#1](x.png)",
            "a b/#1",
            f"#{'9' * 10}",
        ),
    ],
)
def test_it_finds_none_where_there_is_none(text: str) -> None:
    assert references_in(text) == []


def test_a_long_text_is_shown_as_it_was_typed() -> None:
    text = "*x* <b>\n" * (LONGEST // 8 + 1)
    assert html_of(text).startswith("<p>*x* &lt;b&gt;<br>*x*")
    assert references_in(text) == []


def test_deep_nesting_ends() -> None:
    assert html_of(">" * 5000 + "x").count("<blockquote>") < 50
