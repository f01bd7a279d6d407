"""What is changed in the parser's tokens: references, tasks, images, headings and the alignment of cells."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from markdown_it.rules_core import StateCore
from markdown_it.token import Token

PIECE = "piece"
"""The type of tokens that stand for what is not the parser's: their `meta["is"]` says for what."""
OPEN_TASK, DONE_TASK = "[ ] ", "[x] "
HIGHEST_HEADING, LOWEST_HEADING = 3, 6
"""Headings of pages are above those of texts."""

_SEGMENT = r"[A-Za-z0-9_.][A-Za-z0-9_.-]*+"
_WORDS = re.compile(
    rf"(?P<url>https?://[^\s<>\"]++)"
    rf"|(?<![\w/.@#!-])(?:(?P<path>{_SEGMENT}(?:/{_SEGMENT})++)?(?P<sign>[#!])(?P<number>[1-9][0-9]{{0,8}})(?!\w)"
    rf"|@(?P<name>[A-Za-z0-9_.](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?))"
)
_ALIGNED = {"text-align:center": "center", "text-align:right": "right"}
_ENDS = ".,;:!?*_~'\""
"""What ends a sentence and no URL."""
_TASK = re.compile(r"\[([ xX])\] ")


class Reference(NamedTuple):
    """A reference as it was typed: `#1`, `!1`, `group/project#1` or `@name`."""

    sign: str
    path: str
    """Of the project, empty for the one that the text is in; the name after `@`."""
    number: int
    text: str


def change_tokens(state: StateCore) -> None:
    """Change the tokens of a whole text; a rule of the parser's core, before text is joined."""
    _lower_headings(state.tokens)
    for at, token in enumerate(state.tokens):
        if token.type in {"th_open", "td_open"}:
            aligned = _ALIGNED.get(str(token.attrs.pop("style", "")))
            if aligned:
                token.attrSet("class", aligned)
        if token.type == "inline" and token.children:
            if _is_task(state.tokens, at):
                _mark_task(state.tokens[at - 2], token.children)
            token.children = list(_inline(state, token.children))


def _lower_headings(tokens: Sequence[Token]) -> None:
    """Give headings levels below those of the page, each at most one below the heading that it is under."""
    above: list[int] = []
    for token in tokens:
        if token.type not in {"heading_open", "heading_close"}:
            continue
        if token.type == "heading_open":
            level = int(token.tag[1])
            above = [*(each for each in above if each < level), level]
        token.tag = f"h{min(HIGHEST_HEADING + len(above) - 1, LOWEST_HEADING)}"


def _is_task(tokens: Sequence[Token], at: int) -> bool:
    begins_item = at >= 2 and (tokens[at - 2].type, tokens[at - 1].type) == ("list_item_open", "paragraph_open")
    first = next(iter(tokens[at].children or ()), None)
    return begins_item and first is not None and first.type == "text" and bool(_TASK.match(first.content))


def _mark_task(item: Token, children: list[Token]) -> None:
    item.attrSet("class", "task")
    is_open = children[0].content[1] == " "
    children[0].content = children[0].content[len(OPEN_TASK) :]
    children.insert(0, _piece(OPEN_TASK if is_open else DONE_TASK))


def _inline(state: StateCore, tokens: Sequence[Token]) -> Iterator[Token]:
    """The tokens of some text, with references and links where it names them. Nothing in a link is one."""
    links = 0
    for token in tokens:
        links += token.nesting if token.type.startswith("link_") else 0
        if token.type == "image":
            alt = "".join(each.content for each in token.children or ())
            source = str(token.attrs.get("src", ""))
            yield from [_text(alt)] if links else _link(source, alt or source)
        elif token.type == "text" and not links:
            yield from _named(state, token.content)
        else:
            yield token


def _named(state: StateCore, text: str) -> Iterator[Token]:
    end = 0
    for match in _WORDS.finditer(text):
        if match.start() > end:
            yield _text(text[end : match.start()])
        end = match.end()
        if match["url"]:
            url = _trimmed(match["url"])
            end = match.start() + len(url)
            address = state.md.normalizeLink(url)
            yield from _link(address, url) if state.md.validateLink(address) else [_text(url)]
        elif match["name"]:
            yield _piece(Reference("@", match["name"], 0, match[0]))
        else:
            yield _piece(Reference(match["sign"], match["path"] or "", int(match["number"]), match[0]))
    yield _text(text[end:])


def _trimmed(url: str) -> str:
    """A URL without the punctuation of the sentence that it is in."""
    url = url.rstrip(_ENDS)
    closed_too_often = url.count(")") - url.count("(")
    while url.endswith(")") and closed_too_often > 0:
        url = url[:-1].rstrip(_ENDS)
        closed_too_often -= 1
    return url


def _link(address: str, text: str) -> list[Token]:
    return [Token("link_open", "a", 1, attrs={"href": address}), _text(text), Token("link_close", "a", -1)]


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)


def _piece(is_: str | Reference) -> Token:
    return Token(PIECE, "", 0, meta={"is": is_})
