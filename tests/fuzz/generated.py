"""Paths and headers that nobody should send, made of what the URL configuration knows and of nasty pieces."""

from __future__ import annotations

import random
from typing import NamedTuple

from routing.index import Endpoint, endpoints

# Pages are dear, and where a request goes does not depend on its method.
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "OPTIONS")
NAMES = (
    "gitlab-org", "my-company", "old-company", "My-Company", "GITLAB-ORG", "john.doe", "alice", "eva", "makers",
    "not-my-company", "api-docs", "users-group", "administrators", "my-organization", "eu-makers",
    "gitlab", "my-project", "root",
)  # fmt: skip
NASTY = (
    "", "-", "--", "-x", ".git", ".json", "...", "v1...v2", "..%2fx", ".%2E", "%2e%2e", "..", ".", "%2e", "%252e%252e",
    "%", "%zz", "%2", "%00", "%2500", "a%0Ab", "a%0D%0Ab", "%FF", "\xff", "\xc3\xbc", "%C3%BC", "%E2%84%AA", "\x01",
    "\x7f",
    "a;b", "a=b&c=d", "a+b", "a@b", "<script>", "\"'", "{}", "|", "\\", "a\\..\\b", "~", "*", "alice.keys", "x.tar.gz",
    "my-company%2Fmy-project", "my-company%252Fmy-project", "%2Fgitlab-org", "gitlab%2Dorg", "%67itlab-org", "Users",
    "ADMIN", "0", "17", "0017", "9" * 30, "1099511627777", "-1", "1e5", "pod_0", "pod_eu1", "pod_nope",
    "x" * 255, "x" * 300,
)  # fmt: skip
QUERIES = ("", "", "", "?", "?a=b", "?redirect=//evil.test", "?path_info=/alice", "?/../..", "?%00")
HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"X-Gitlab-Raw-Path", b"/alice/dotfiles"),
    (b"X_Gitlab_Raw_Path", b"/alice/dotfiles"),
    (b"x-gitlab-raw-path", b""),
    (b"X-Gitlab-Router-Secret", b"guessed"),
    (b"X_Gitlab_Router_Secret", b"guessed"),
    (b"X-Gitlab-Pod-Epoch", b"999999999999"),
    (b"X-Gitlab-Pod-Target", b"pod_us1"),
    (b"X-Gitlab-Pod-Redirect", b'{"path": "/", "pod": "pod_us1"}'),
    (b"X-Gitlab-Pod-Cache", b'{"path_prefix": "/"}'),
    (b"X-Gitlab-Router-Cache", b"hit"),
    (b"X-Gitlab-Router-Tried", b"pod_us0 pod_us1 pod_eu0 pod_eu1"),
    (b"X-Request-Id", b"../../x"),
    (b"X-Request-Start", b"t=0"),
    (b"X-Forwarded-For", b"127.0.0.1"),
    (b"X-Forwarded-Host", b"evil.test"),
    (b"X-Original-Url", b"/admin"),
    (b"X-Rewrite-Url", b"/admin"),
    (b"X-Envoy-Original-Path", b"/admin"),
    (b"X-Envoy-Upstream-Rq-Timeout-Ms", b"1"),
    (b"X-Http-Method-Override", b"DELETE"),
    (b"Host", b"evil.test:99999"),
    (b"Host", b""),
    (b"Cookie", b"demo_session=x; demo_positions=y; =; a"),
    (b"Authorization", b"Bearer glpat-none"),
    (b"Range", b"bytes=0-0,5-"),
    (b"If-None-Match", b"*"),
    (b"Accept", b"*/*;q=x"),
    (b"Accept-Language", b"\xff\xfe"),
    (b"Content-Type", b"multipart/form-data; boundary="),
    (b"Upgrade", b"h2c"),
    (b"X-Long", b"x" * 4000),
)


class Case(NamedTuple):
    """One request; the target as bytes, its path being what stands before the first `?`."""

    method: str
    target: bytes
    headers: tuple[tuple[bytes, bytes], ...]

    @property
    def path(self) -> bytes:
        return self.target.partition(b"?")[0]


def cases(seed: int, number: int) -> list[Case]:
    """The same for the same seed."""
    chance = random.Random(seed)
    shapes = [each.tokens for each in endpoints() if isinstance(each, Endpoint)]
    words = sorted({token for shape in shapes for token in shape if "<" not in token})
    return [_case(chance, shapes, words) for _ in range(number)]


def _case(chance: random.Random, shapes: list[list[str]], words: list[str]) -> Case:
    path = _path(chance, shapes, words).encode("latin-1")
    if chance.random() < 0.05:
        path = _damaged(chance, path)
    headers = tuple(dict(chance.sample(HEADERS, chance.choice((0, 0, 1, 2, 4)))).items())
    return Case(chance.choice(METHODS), path + chance.choice(QUERIES).encode(), headers)


def _path(chance: random.Random, shapes: list[list[str]], words: list[str]) -> str:
    def segment() -> str:
        return chance.choice(chance.choice((NAMES, NAMES, NASTY, words)))

    if chance.random() < 0.5:
        return "/" + "/".join(segment() for _ in range(chance.randint(0, 6)))
    found = [segment() if "<" in token else token for token in chance.choice(shapes)]
    found += [segment() for _ in range(chance.choice((0, 0, 1, 3)))]
    return "/" + "/".join(found)


def _damaged(chance: random.Random, path: bytes) -> bytes:
    """With some byte changed; never one that would end the request line."""
    at = chance.randrange(len(path))
    byte = chance.choice([each for each in range(1, 256) if each not in b" \t\r\n?#"])
    kind = chance.randrange(4)
    if kind == 0:
        return path[:at] + bytes([byte]) + path[at + 1 :] if at else path
    if kind == 1:
        return path[:at] + b"%%%02X" % byte + path[at:]
    if kind == 2:
        return path * chance.randint(2, 60)
    return path.replace(b"/", b"//", 1) if chance.random() < 0.5 else path + b"/"
