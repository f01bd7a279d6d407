"""Every environment variable that this software reads, typed; docs/configuration.md lists them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from topology.places import CHECKOUT


class EnvironmentInvalid(Exception):
    """An environment variable is missing or has a value that cannot be used."""


class Environment(BaseSettings):
    """The process's environment. Each field's description is what the docs say of it."""

    model_config = SettingsConfigDict(extra="ignore", env_ignore_empty=True)

    pod_id: str | None = Field(
        default=None,
        validation_alias="POD_ID",
        description="The pod that this process is: a name or an alias of the topology.",
    )
    topology: Path = Field(
        default=CHECKOUT / "topology" / "examples" / "demo.toml",
        validation_alias="PODS_TOPOLOGY",
        description="The topology file.",
    )
    port_offset: int = Field(
        default=0,
        validation_alias="PODS_PORT_OFFSET",
        description="A number added to every port of pods and routers, so that two clusters can run side by side.",
    )
    data: Path = Field(
        default=CHECKOUT / ".pods",
        validation_alias="PODS_DATA",
        description="The folder below which each cluster keeps its data, logs and secrets.",
    )
    debug: bool = Field(
        default=False, validation_alias="PODS_DEBUG", description="Django's debug pages. Never in production."
    )
    secret_key: str | None = Field(
        default=None,
        validation_alias="PODS_SECRET_KEY",
        description="Signs cookies and tokens. One value for the whole cluster.",
    )
    router_secrets: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        validation_alias="PODS_ROUTER_SECRETS",
        description="Comma-separated. Routers send the first, pods accept all.",
    )
    route_hash_key: str | None = Field(
        default=None,
        validation_alias="PODS_ROUTE_HASH_KEY",
        description="Draws the pod that answers for an absent name. One secret value for the whole cluster.",
    )
    learn_secret: str | None = Field(
        default=None,
        validation_alias="PODS_LEARN_SECRET",
        description="When set, learn requires it in X-Gitlab-Learn-Secret. Routers send it.",
    )
    debug_token: str | None = Field(
        default=None,
        validation_alias="PODS_DEBUG_TOKEN",
        description="Requests that carry it in X-Gitlab-Debug-Token are told which pod served them.",
    )
    external_url: str | None = Field(
        default=None,
        pattern=r"^https?://[^/]+$",
        validation_alias="PODS_EXTERNAL_URL",
        description="Where people reach the routers, without a path. Links in emails begin with it. "
        "With https, cookies are sent over https only. API responses name it too.",
    )
    blocking_threads: int = Field(
        default=2,
        ge=1,
        le=64,
        validation_alias="PODS_BLOCKING_THREADS",
        description="How many requests a pod serves at a time.",
    )
    hashing_threads: int = Field(
        default=2,
        ge=1,
        le=16,
        validation_alias="PODS_HASHING_THREADS",
        description="How many passwords a pod hashes at a time, beside the requests that it serves.",
    )

    smtp_host: str | None = Field(
        default=None,
        validation_alias="PODS_SMTP_HOST",
        description="The mail server. Without one, emails are written to files, and owners copy the links of "
        "invitations.",
    )
    smtp_port: int = Field(
        default=587, ge=1, le=65535, validation_alias="PODS_SMTP_PORT", description="The mail server's port."
    )
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        default="starttls",
        validation_alias="PODS_SMTP_SECURITY",
        description="How the connection to the mail server is encrypted: `starttls`, `tls` from the start (port 465), "
        "or `none`. The server's certificate is checked.",
    )
    smtp_user: str = Field(default="", validation_alias="PODS_SMTP_USER", description="The account at the mail server.")
    smtp_password: str = Field(
        default="", validation_alias="PODS_SMTP_PASSWORD", description="The password of the account."
    )
    smtp_password_file: Path | None = Field(
        default=None,
        validation_alias="PODS_SMTP_PASSWORD_FILE",
        description="A file that holds the password of the account, in place of PODS_SMTP_PASSWORD.",
    )

    tether: bool = Field(
        default=False,
        validation_alias="PODS_TETHER",
        description="A pod's processes end when the process that started them ends (Linux). The supervisor sets it.",
    )

    def missing_secrets(self, *, routers: bool) -> list[str]:
        """Return the variables without which no pod serves, with or without routers in front of it."""
        needed: dict[str, object] = {"PODS_SECRET_KEY": self.secret_key}
        if routers:
            needed["PODS_ROUTER_SECRETS"] = self.router_secrets
        return [variable for variable, value in needed.items() if not value]

    @model_validator(mode="after")
    def _read_password(self) -> Self:
        if self.smtp_password_file is not None:
            if self.smtp_password:
                raise ValueError("set PODS_SMTP_PASSWORD or PODS_SMTP_PASSWORD_FILE, not both")
            try:
                self.smtp_password = self.smtp_password_file.read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                raise ValueError(f"PODS_SMTP_PASSWORD_FILE cannot be read: {error}") from error
        if self.smtp_password and self.smtp_security == "none":
            raise ValueError("PODS_SMTP_SECURITY is none, which would send the password in clear; use starttls or tls")
        return self

    @field_validator("router_secrets", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


def read_environment() -> Environment:
    """The environment of this process; raises `EnvironmentInvalid` naming each variable that is wrong."""
    try:
        return Environment()
    except ValidationError as error:
        lines = [
            # What concerns several variables has no place, and its input would be the whole environment.
            f"{problem['loc'][0]}: {problem['input']!r}: {problem['msg']}" if problem["loc"] else problem["msg"]
            for problem in error.errors(include_url=False)
        ]
        raise EnvironmentInvalid("\n".join(lines)) from None


def with_made_secrets(environment: Environment, made: Path) -> Environment:
    """The environment with each absent secret taken from the file that an embedded cluster made for itself."""
    found: dict[str, Any] = json.loads(made.read_text(encoding="utf-8")) if made.is_file() else {}
    known = {key: value for key, value in found.items() if not getattr(environment, key, True)}
    return environment.model_copy(update=known)
