"""Markdown (CommonMark with tables, strikethrough and task lists) as HTML, with references left open.

What a reference leads to depends on the reader, so a text is parsed once into pieces of HTML that anybody may read,
with references between them. HTML in a text is shown as text, and nh3 sanitizes what the parser made. Nothing
is loaded from elsewhere: an image is a link to it.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import MutableMapping, Sequence
from threading import Lock
from typing import Any

import nh3
from cachetools import LRUCache, cached
from django.utils.html import linebreaks
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict

from monolith.markdown.tokens import DONE_TASK, OPEN_TASK, PIECE, Reference, change_tokens

LONGEST = 20_000
"""Longer texts are shown as they were typed: parsing them takes too long."""
REMEMBERED = 8_000_000
"""Characters of HTML."""
Piece = str | Reference
Pieces = tuple[Piece, ...]

_TABLE, _TABLE_END = "table", "end of table"
_FIXED = {
    _TABLE: '<div class="wide" role="group" aria-label="Table" tabindex="0">',
    _TABLE_END: "</div>",
    OPEN_TASK: '<input type="checkbox" disabled aria-label="Open"> ',
    DONE_TASK: '<input type="checkbox" disabled checked aria-label="Done"> ',
}
_TAGS = {
    *("p", "br", "hr", "em", "strong", "s", "code", "pre", "blockquote", "a", "ul", "ol", "li"),
    *("h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td"),
}
_ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}
_CLASSES = {"li": {"task"}, "th": {"center", "right"}, "td": {"center", "right"}}
_SCHEMES = {"http", "https", "mailto"}
_REL = "nofollow noopener noreferrer"
"""A link gives a site neither rank nor the address of the page, which may be private."""


def _held(env: MutableMapping[str, Any], piece: Piece) -> str:
    """Text that stands for a piece until the HTML is sanitized; nobody can type it, since nobody knows the nonce."""
    env["pieces"].append(piece)
    return f"{env['nonce']}{len(env['pieces']) - 1};"


def _show_piece(
    renderer: RendererHTML, tokens: Sequence[Token], at: int, options: OptionsDict, env: MutableMapping[str, Any]
) -> str:
    return _held(env, tokens[at].meta["is"])


def _show_table(
    renderer: RendererHTML, tokens: Sequence[Token], at: int, options: OptionsDict, env: MutableMapping[str, Any]
) -> str:
    return _held(env, _TABLE) + "<table>"


def _show_end_of_table(
    renderer: RendererHTML, tokens: Sequence[Token], at: int, options: OptionsDict, env: MutableMapping[str, Any]
) -> str:
    return "</table>" + _held(env, _TABLE_END)


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable(["table", "strikethrough"])
    parser.core.ruler.before("text_join", "pods", change_tokens)
    parser.add_render_rule(PIECE, _show_piece)
    parser.add_render_rule("table_open", _show_table)
    parser.add_render_rule("table_close", _show_end_of_table)
    return parser


_PARSER = _parser()


@cached(LRUCache(REMEMBERED, getsizeof=lambda pieces: 100 + sum(map(len, pieces))), lock=Lock())
def parse(text: str) -> Pieces:
    """Return a text's sanitized HTML, with the references that a page has to look up."""
    if len(text) > LONGEST:
        return (linebreaks(text, autoescape=True),)
    env: dict[str, Any] = {"pieces": [], "nonce": secrets.token_hex(16)}
    html = _sanitized(_PARSER.render(text, env))
    # HTML and the number of a piece take turns.
    parts = re.split(rf"{env['nonce']}([0-9]+);", html)
    found = (env["pieces"][int(part)] if at % 2 else part for at, part in enumerate(parts))
    return tuple(_FIXED.get(piece, piece) if isinstance(piece, str) else piece for piece in found)


def references_in(text: str) -> list[Reference]:
    """Return the references of a text, in their order."""
    return [piece for piece in parse(text) if isinstance(piece, Reference)]


def _sanitized(html: str) -> str:
    return nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        allowed_classes=_CLASSES,
        url_schemes=_SCHEMES,
        link_rel=_REL,
    )
