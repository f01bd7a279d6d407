"""A pod takes the client's address from routers, and from nobody else."""

from __future__ import annotations

import pytest
from django.test import RequestFactory

from pods.details import details_of


@pytest.mark.parametrize(
    ("secret", "address"), [("tests-router-secret", "198.51.100.7"), ("guessed", "127.0.0.1"), ("", "127.0.0.1")]
)
def test_a_routers_word_is_taken(secret: str, address: str) -> None:
    told = {"X-Gitlab-Router-Client": "198.51.100.7", "X-Gitlab-Raw-Path": "/", "X-Forwarded-For": "192.0.2.1"}
    request = RequestFactory().get("/", headers={**told, "X-Gitlab-Router-Secret": secret})
    details_of(request)
    assert request.META["REMOTE_ADDR"] == address
