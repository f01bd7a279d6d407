"""The operating system's account that runs the embedded servers: PostgreSQL refuses to be root."""

from __future__ import annotations

import functools
import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from cluster.exceptions import AccountUnusable

# In this order: `postgres` exists where a distribution's package was installed, `nobody` exists everywhere.
ACCOUNTS_FOR_ROOT = ("postgres", "nobody")
REACH_SECONDS = 10


class AsAccount(TypedDict, total=False):
    """Keyword arguments of `subprocess.Popen` that run a program as another account."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True)
class Account:
    """An account by name and ids; `switched` when it is not the one that this process runs as."""

    name: str
    uid: int
    gid: int
    switched: bool

    @property
    def popen(self) -> AsAccount:
        """Return the arguments with which `subprocess` runs a program as this account; empty when it is our own."""
        return AsAccount(user=self.uid, group=self.gid, extra_groups=[]) if self.switched else AsAccount()

    @property
    def login_names(self) -> tuple[str, ...]:
        """The names that the servers accept: this account, and the user who runs the pods."""
        return tuple(dict.fromkeys((self.name, pwd.getpwuid(os.geteuid()).pw_name)))

    def reaches(self, folder: Path) -> bool:
        """Whether the account may enter a folder. Asks the system: file modes alone do not decide it."""
        if not self.switched:
            return True
        asked = subprocess.run(
            ["/bin/sh", "-c", 'cd -- "$1"', "sh", str(folder)],
            **self.popen, cwd="/", capture_output=True, timeout=REACH_SECONDS, check=False,
        )  # fmt: skip
        return asked.returncode == 0

    def give(self, path: Path) -> None:
        """Make the account the owner of a file or folder."""
        if self.switched:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)


@functools.cache
def server_account() -> Account:
    """Return the account for the embedded servers: our own, or for root the first of `ACCOUNTS_FOR_ROOT` that exists.

    Raises `AccountUnusable`.
    """
    uid = os.geteuid()
    if uid != 0:
        try:
            entry = pwd.getpwuid(uid)
        except KeyError:
            raise AccountUnusable(
                f"user id {uid} has no name on this machine, and PostgreSQL's initdb needs one; "
                "add the user to /etc/passwd, or run as another user"
            ) from None
        return Account(entry.pw_name, uid, entry.pw_gid, switched=False)
    for name in ACCOUNTS_FOR_ROOT:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid, switched=True)
    raise AccountUnusable(
        f"PostgreSQL refuses to run as root, and none of these accounts exists: {', '.join(ACCOUNTS_FOR_ROOT)}; "
        "create one, or run as an ordinary user"
    )
