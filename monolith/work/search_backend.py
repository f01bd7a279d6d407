"""Ask the search backend of the settings which projects fit some words.

It is asked `GET <search_address>?search=<words>&organization_id=<id>` and answers
`{"project_ids": [7, 8]}`, best first. It is not trusted with who may see what:
the pod shows of these ids what its own database lets the person see.
"""

from __future__ import annotations

import json
import time
from threading import BoundedSemaphore

import httpx
from django.conf import settings

from admin_settings.in_force import in_force
from topology.words import in_words

LARGEST_BYTES = 64 * 1024
PIECE_BYTES = 4096
MOST_IDS = 50

# A search that waits for the backend holds a thread; the others stay free for other requests.
_waiting = BoundedSemaphore(max(1, settings.ENVIRONMENT.blocking_threads - 1))


class SearchUnavailable(Exception):
    """The search backend has no answer that can be used; the message says why."""


def found_by_backend(words: str, organization_id: int) -> list[int]:
    """Return the ids of the projects that the backend found, best first and at most `MOST_IDS`.

    Raises `SearchUnavailable` within about the time that the settings allow, and at once when enough threads wait for
    the backend already.
    """
    if not _waiting.acquire(blocking=False):
        raise SearchUnavailable("too many searches are waiting for the search backend")
    try:
        return _ids_in(_answer(words, organization_id))
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise SearchUnavailable(f"the search backend cannot be reached: {in_words(error)}") from error
    finally:
        _waiting.release()


def _answer(words: str, organization_id: int) -> bytes:
    settings = in_force()
    # httpx bounds each step; this bounds all of them together.
    deadline = time.monotonic() + settings.search_seconds
    headers = {"Accept": "application/json", "Connection": "close"}
    if settings.search_token:
        headers["Authorization"] = f"Bearer {settings.search_token}"
    url = httpx.URL(settings.search_address).copy_merge_params({"search": words, "organization_id": organization_id})
    with httpx.stream("GET", url, headers=headers, timeout=settings.search_seconds, trust_env=False) as response:
        if response.status_code != httpx.codes.OK:
            raise SearchUnavailable(f"the search backend answered with status {response.status_code}")
        body = b""
        for piece in response.iter_bytes(PIECE_BYTES):
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
