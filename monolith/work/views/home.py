"""`/`: redirect to the user's dashboard. Any pod serves it; routers remember no pod for it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_safe

from monolith.work.dashboards import home_of
from pods.views.refusals import SIGN_IN_PATH
from users.models import User


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """A redirect to the person's dashboard, or to sign-in."""
    path = home_of(request.user) if isinstance(request.user, User) or request.user.is_authenticated else SIGN_IN_PATH
    return HttpResponseRedirect(path)
