"""The pod as a WSGI application."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse

from pods.tether import end_with_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings.base")
end_with_parent()
# What is loaded stays: to look through it for garbage takes a third of the start, and some of each request.
gc.disable()
_django = get_wsgi_application()

# What they import needs Django to be set up.
from admin_area.cluster.watch import surveyor  # noqa: E402
from pods.details import is_router  # noqa: E402
from pods.health import watcher  # noqa: E402
from pods.learn import LEARN_PATH, serve  # noqa: E402
from pods.views.instance import own_answers  # noqa: E402
from pods.warming import warm_process  # noqa: E402
from schemas.identity import this_pod  # noqa: E402

__all__ = ["application", "watcher"]

warm_process()
surveyor().own[this_pod().name] = own_answers
gc.freeze()
gc.enable()


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Learn's reply without Django's help, else Django's response; as a list where it has a length, which Granian
    sends in one piece.
    """
    if environ.get("PATH_INFO") == LEARN_PATH and not is_router(environ):
        return serve(environ, start_response)
    response = _django(environ, start_response)
    # What is left to do is done when the server closes the response: after it was sent.
    if type(response) is not HttpResponse or getattr(response, "left_to_do", False):
        return response
    try:
        return [response.content]
    finally:
        response.close()
