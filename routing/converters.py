"""What may stand in a segment of a URL pattern.

Django's resolver and the index (`routing/index.py`) both take these from here,
so that they read one URL alike.
"""

from __future__ import annotations

from django.urls import register_converter

from routing.names import is_reserved, without_format
from routing.paths import unescaped
from schemas.identity import this_topology


class SegmentConverter:
    """Exactly one segment, whatever it is."""

    regex = "[^/]+"

    def to_python(self, value: str) -> str:
        """The segment decoded; raises `ValueError` when it is none of these."""
        return unescaped(value)

    def to_url(self, value: object) -> str:
        """The value as a segment of a raw path."""
        return str(value).replace("%", "%25").replace("/", "%2F")


class NameConverter(SegmentConverter):
    """A top-level name: one segment that is no reserved word."""

    def to_python(self, value: str) -> str:
        """The segment decoded; raises `ValueError`."""
        if is_reserved(value):
            raise ValueError(value)
        return unescaped(value)


class FormattedNameConverter(SegmentConverter):
    """A top-level name with a format suffix, such as `alice.keys`."""

    def to_python(self, value: str) -> str:
        """The segment with its suffix, decoded; raises `ValueError`."""
        name = without_format(value)
        if name == value or is_reserved(value) or is_reserved(name):
            raise ValueError(value)
        return unescaped(value)


class PodConverter(SegmentConverter):
    """The name or an alias of a pod of the topology."""

    def to_python(self, value: str) -> str:
        """The pod's name; raises `ValueError`."""
        name = this_topology().pod_names.get(value)
        if name is None:
            raise ValueError(value)
        return name

    def to_url(self, value: object) -> str:
        """The pod's name."""
        return str(value)


class RoutableConverter:
    """The full path of a group, user or project: every segment up to a `-` or the end."""

    regex = r"(?!-(?:/|\Z))[^/]+(?:/(?!-(?:/|\Z))[^/]+)*"

    def to_python(self, value: str) -> str:
        """The path as it stands; raises `ValueError` when it begins with a reserved word."""
        if is_reserved(value.partition("/")[0]):
            raise ValueError(value)
        return value

    def to_url(self, value: str) -> str:
        """The path as it stands."""
        return value


class RestConverter:
    """Everything that is left, empty segments and line breaks included."""

    regex = r"(?s:.*)"

    def to_python(self, value: str) -> str:
        """The rest of the path as it stands."""
        return value

    def to_url(self, value: str) -> str:
        """The rest of the path as it stands."""
        return value


CONVERTERS: dict[str, type[SegmentConverter | RoutableConverter | RestConverter]] = {
    "segment": SegmentConverter,
    "name": NameConverter,
    "formatted": FormattedNameConverter,
    "pod": PodConverter,
    "routable": RoutableConverter,
    "rest": RestConverter,
}
"""By the names that patterns use."""

for _name, _converter in CONVERTERS.items():
    register_converter(_converter, _name)
