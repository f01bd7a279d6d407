"""What a pod does before it reports ready, so that its first responses are about as fast as later ones.

Django reads templates and URL patterns, imports what settings name and opens connections when they are needed
first. Routers wait for learn only so long (`router/limits.py`), and then do without its answer.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

import psycopg
from django.conf import settings
from django.core.cache import caches
from django.db import Error, connections, router
from django.forms.renderers import get_default_renderer
from django.template import Engine
from django.template.loader import get_template
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils.formats import get_format

from pods.health import NEEDED_FOR_READS, reading
from routing import lookup
from routing.classify import plans
from schemas.servers import servers_of

# All pages stand in it.
FRAME = "pods/base.html"


def warm_process() -> None:
    """Load what all threads share. Queries no database: a pod can start without one."""
    plans()
    reverse("sign-in")
    for pattern in _patterns(get_resolver()):
        # Compiled when it is read first.
        _ = pattern.pattern.regex
    _ = Engine.get_default().template_context_processors
    get_template(FRAME)
    get_default_renderer()
    get_format("DATE_FORMAT")
    _ = router.routers
    for alias in settings.CACHES:
        _ = caches[alias]


def warm_thread(ill: Collection[str]) -> None:
    """Open this thread's connections to what reads need and prepare learn's queries, where that has not been done.

    Leaves out the aliases that are not well, and those whose server is being asked whether it answers: no thread shall
    wait for them. Never raises: why a database does not answer, its health tells.
    """
    for alias in (reading(schema) for schema in sorted(NEEDED_FOR_READS)):
        if alias in ill or any(server.asked_at for server in servers_of(settings.DATABASES[alias])):
            continue
        try:
            connections[alias].ensure_connection()
            if alias == lookup.aliases(fresh=False)[0]:
                lookup.prepare()
        except (Error, psycopg.Error):
            # One that has just gone must not keep readiness waiting several times.
            return


def _patterns(resolver: URLResolver) -> Iterator[URLPattern | URLResolver]:
    for pattern in resolver.url_patterns:
        yield pattern
        if isinstance(pattern, URLResolver):
            yield from _patterns(pattern)
