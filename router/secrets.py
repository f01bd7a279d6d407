"""What a router must know and nobody may see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class _Environment(Protocol):
    @property
    def router_secrets(self) -> tuple[str, ...] | list[str]: ...
    @property
    def learn_secret(self) -> str | None: ...
    @property
    def debug_token(self) -> str | None: ...


class RouterSecretMissing(Exception):
    """A router without a secret could not tell pods that it is one."""


@dataclass(frozen=True)
class Secrets:
    """The secret that proves a router to pods, what learn wants, and the token of those who may see the routing."""

    router: str
    learn: str = ""
    debug: str = ""

    @classmethod
    def of(cls, environment: _Environment) -> Secrets:
        """From the process's environment: routers send the first of `PODS_ROUTER_SECRETS`.

        Raises `RouterSecretMissing` when there is none.
        """
        if not environment.router_secrets:
            raise RouterSecretMissing(
                "no router secret: set PODS_ROUTER_SECRETS, or let `manage.py cluster up` make one"
            )
        return cls(environment.router_secrets[0], environment.learn_secret or "", environment.debug_token or "")
