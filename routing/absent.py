"""Which pod answers for a name that does not exist.

Neither place nor time may tell an absent name from a private one. So every
pod draws the same pod for it, by a hash whose key nobody outside knows.
"""

from __future__ import annotations

from functools import cache
from hashlib import blake2b

from django.conf import settings

from schemas.identity import this_topology


def pod_of_absent(kind: str, key: str) -> str:
    """The name of the pod drawn for a name of this kind: of all pods the one with the highest hash.

    A pod that is added or removed changes the answer for its own share of names only.
    """
    name = f"{kind}\0{key}".encode(errors="surrogatepass")
    hash_key, pods = _drawn_from()
    return max(pods, key=lambda pod: blake2b(name, digest_size=8, key=hash_key, person=pod[1]).digest())[0]


@cache
def _drawn_from() -> tuple[bytes, tuple[tuple[str, bytes], ...]]:
    secret: str = settings.ENVIRONMENT.route_hash_key or settings.SECRET_KEY
    hash_key = blake2b(secret.encode(), person=b"absent names").digest()
    # blake2b takes 16 bytes of personalisation; pod names are longer.
    return hash_key, tuple((pod, blake2b(pod.encode(), digest_size=16).digest()) for pod in this_topology().pods)
