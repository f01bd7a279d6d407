"""How bodies of the API are read."""

from __future__ import annotations

import json
from typing import Any

from rest_framework import parsers
from rest_framework.exceptions import ParseError


class JSONParser(parsers.JSONParser):
    """As REST framework's, and what is nested deeper than Python reads, or has halves of characters (RFC 8259, 8.2),
    is as wrong as any other syntax.
    """

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        """What the body says; raises `ParseError`."""
        try:
            said = super().parse(stream, media_type, parser_context)
            json.dumps(said, ensure_ascii=False).encode()
        except RecursionError as error:
            raise ParseError("The body is nested too deeply.") from error
        except UnicodeEncodeError as error:
            raise ParseError("The body has half of a character: a surrogate without the other one.") from error
        return said
