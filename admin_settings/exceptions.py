"""What can be wrong with a change of settings; each says what to do next."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from admin_settings.models import SettingChange


class SettingsRefused(Exception):
    """A change of settings that is not made; nothing was written."""


class SettingUnknown(SettingsRefused):
    """No setting of this release has the name."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        settings = sorted(known)
        near = get_close_matches(name, settings, n=1)
        meant = f"did you mean {near[0]}? The" if near else "the"
        super().__init__(f"there is no setting {name!r}; {meant} settings are: {', '.join(settings)}")
        self.name = name


@dataclass(frozen=True)
class Problem:
    """A value that cannot be used: the setting, the pods that would get it, and what is wrong in words."""

    name: str
    message: str
    pods: tuple[str, ...] = ()

    def __str__(self) -> str:
        where = f" ({', '.join(self.pods)})" if self.pods else ""
        return f"{self.name}{where}: {self.message}"


class SettingsInvalid(SettingsRefused):
    """Values that some pod could not act by; names each with the pods."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)


class ChangedMeanwhile(SettingsRefused):
    """Another user changed settings after these were read: review the changes, then save again."""

    def __init__(self, version: int, changes: Sequence[SettingChange]) -> None:
        told = "; ".join(map(str, changes)) or "someone wrote to the database directly"
        super().__init__(f"the settings were changed since you read them: {told}. Review the changes, then save again.")
        self.version = version
        self.changes = tuple(changes)
