"""The URL configuration as the tests ask for it: which patterns are built, and with which methods they are asked."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, resolve

from routing.views import not_built

EVERY_METHOD = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"})


def taking(method: str) -> set[str]:
    """The built patterns that take a method, as `manage.py routes` prints them."""
    return {pattern for pattern, methods in built().items() if method in methods}


def built() -> dict[str, frozenset[str]]:
    """Each pattern behind which a view stands, with the methods that the view takes."""
    found: dict[str, frozenset[str]] = {}
    for pattern, view in each_view():
        # Django takes the first.
        found.setdefault(pattern, _methods(view))
    return found


def each_view() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Each pattern behind which a view stands, with the view."""
    return (each for each in _views("/", get_resolver()) if inspect.unwrap(each[1]) is not inspect.unwrap(not_built))


def pattern_of(path: str) -> str:
    """The pattern that an address belongs to; raises `Resolver404`."""
    return f"/{resolve(path.partition('?')[0]).route}"


def _views(before: str, resolver: URLResolver) -> Iterator[tuple[str, Callable[..., Any]]]:
    for pattern in resolver.url_patterns:
        path = before + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield path, pattern.callback
        else:
            yield from _views(path, pattern)


def _methods(view: Callable[..., Any]) -> frozenset[str]:
    """By the class behind a view, or Django's `require_…` decorators around it; all when there is neither."""
    if of_class := getattr(view, "cls", None):
        return frozenset(method for method in EVERY_METHOD if hasattr(of_class, method.lower()))
    around: Any = view
    while inspect.isfunction(around):
        if allowed := inspect.getclosurevars(around).nonlocals.get("request_method_list"):
            return frozenset(allowed)
        around = getattr(around, "__wrapped__", None)
    return EVERY_METHOD
