"""Ask the search backend of the settings which projects fit some words.

It is asked `GET <search_address>?search=<words>&organization_id=<id>` and answers
`{"project_ids": [7, 8]}`, best first. It is not trusted with who may see what:
the pod shows of these ids what its own database lets the person see.
"""

from __future__ import annotations

import json
import time
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from threading import BoundedSemaphore
from urllib.parse import SplitResult, urlencode, urlsplit

from django.conf import settings

from admin_settings.in_force import in_force

LARGEST_BYTES = 64 * 1024
PIECE_BYTES = 4096
MOST_IDS = 50
OK = 200

# Whoever waits for the backend holds a thread; some are left for all else.
_waiting = BoundedSemaphore(max(1, settings.ENVIRONMENT.blocking_threads - 1))


class SearchUnavailable(Exception):
    """The search backend has no answer that can be used; the message says why."""


def found_by_backend(words: str, organization_id: int) -> list[int]:
    """The ids of the projects that the backend found, at most `MOST_IDS`, best first. Raises `SearchUnavailable`
    within about the time that the settings allow, and at once when enough threads wait for the backend already.
    """
    if not _waiting.acquire(blocking=False):
        raise SearchUnavailable("too many searches are waiting for the search backend")
    try:
        return _ids_in(_asked(words, organization_id))
    except (OSError, HTTPException, ValueError) as error:
        raise SearchUnavailable(f"the search backend cannot be reached: {error}") from error
    finally:
        _waiting.release()


def _asked(words: str, organization_id: int) -> bytes:
    known = in_force()
    deadline = time.monotonic() + known.search_seconds
    address = urlsplit(known.search_address)
    connection = _connection(address, known.search_seconds)
    try:
        question = urlencode({"search": words, "organization_id": organization_id})
        before = f"{address.query}&" if address.query else ""
        headers = {"Accept": "application/json", "Connection": "close"}
        if known.search_token:
            headers["Authorization"] = f"Bearer {known.search_token}"
        connection.request("GET", f"{address.path or '/'}?{before}{question}", headers=headers)
        response = connection.getresponse()
        if response.status != OK:
            raise SearchUnavailable(f"the search backend answered with status {response.status}")
        return _read(response, deadline)
    finally:
        connection.close()


def _connection(address: SplitResult, seconds: float) -> HTTPConnection:
    kind = HTTPSConnection if address.scheme == "https" else HTTPConnection
    return kind(address.hostname or "", address.port, timeout=seconds)


def _read(response: HTTPResponse, deadline: float) -> bytes:
    body = b""
    while piece := response.read1(PIECE_BYTES):
        body += piece
        if len(body) > LARGEST_BYTES:
            raise SearchUnavailable("the search backend's answer is too long")
        if time.monotonic() > deadline:
            raise SearchUnavailable("the search backend did not answer in time")
    return body


def _ids_in(body: bytes) -> list[int]:
    answer = json.loads(body)
    ids = answer.get("project_ids") if isinstance(answer, dict) else None
    if not isinstance(ids, list) or any(type(each) is not int for each in ids):
        raise SearchUnavailable("the search backend's answer has no valid project_ids")
    # What no column can hold is nobody's id.
    return [each for each in ids if 0 < each < 2**63][:MOST_IDS]
