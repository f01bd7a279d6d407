"""`/`: the user's dashboard, and for visitors what this is. Any pod serves it; routers remember no pod for it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_safe

from admin_settings.in_force import in_force
from monolith.work.dashboards import home_of
from users.models import User


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """A redirect to the person's dashboard; the front page for visitors."""
    if isinstance(request.user, User) or request.user.is_authenticated:
        return HttpResponseRedirect(home_of(request.user))
    return render(request, "work/front.html", {"may_sign_up": in_force().sign_up_open})
