"""`/admin/settings`, the values that all pods share, and `/admin/settings/<name>`, one setting pod by pod."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

from django.contrib import messages
from django.db import router
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from admin_area.settings.forms import TAKE_BACK, Slot, ValuesForm
from admin_area.site import shared_area
from admin_settings.changes import Actor, masked, save, value_of
from admin_settings.definition import Definition, Group
from admin_settings.definitions import DEFINITIONS
from admin_settings.effective import Origin, effective
from admin_settings.exceptions import ChangedMeanwhile, SettingsInvalid
from admin_settings.models import ApplicationSetting, SettingChange
from admin_settings.stored import Stored, read_stored
from admin_settings.texts import written
from schemas.identity import this_topology
from users.models import User

CONFLICT, INVALID = 409, 422
LATEST = 10
OWN = "own-"
SAVED = "Saved. Every pod applies the change as soon as its replica has received it, usually within a second."

ORIGINS = {
    Origin.DEFAULT: "default",
    Origin.SHARED: "shared value",
    Origin.TEMPLATE: "shared template",
    Origin.POD: "own value",
    Origin.KEPT: "stored value is invalid; the default or the last valid value is used",
}


@dataclass(frozen=True)
class Line:
    """A setting on the page of all of them."""

    definition: Definition
    field: Any
    take_back: Any
    """The checkbox by which a secret is taken back; None where nothing is set."""
    own: str
    """The pods that have a value of their own."""


@dataclass(frozen=True)
class PodLine:
    """A pod on the page of one setting."""

    name: str
    region: str
    value: str
    origin: str
    problem: str
    field: Any
    take_back: Any


Show = Callable[[ValuesForm, Stored, int, Sequence[SettingChange]], HttpResponse]


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def shared_settings(request: HttpRequest) -> HttpResponse:
    """Every setting with its shared value, to be changed."""
    slots = [Slot(name, definition, definition.title) for name, definition in DEFINITIONS.items()]

    def show(form: ValuesForm, stored: Stored, status: int, changes: Sequence[SettingChange]) -> HttpResponse:
        lines = [_line(definition, form, stored) for definition in DEFINITIONS.values()]
        groups = [(group.value, [each for each in lines if each.definition.group is group]) for group in Group]
        shown = {"title": "Settings", "groups": groups, "form": form, "changes": changes}
        context = {**shared_area.each_context(request), **shown}
        return render(request, "admin_area/settings.html", context, status=status)

    return _answer(request, slots, show, reverse("admin:settings"))


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def setting_on_pods(request: HttpRequest, name: str) -> HttpResponse:
    """Show each pod's effective value and its source, with the pods' own values to change."""
    definition = DEFINITIONS.get(name)
    if definition is None:
        raise Http404("no such setting")
    pods = this_topology().pods if definition.per_pod else {}
    slots = [Slot(OWN + pod, definition, f"Own value of {pod}", pod) for pod in pods]

    def show(form: ValuesForm, stored: Stored, status: int, changes: Sequence[SettingChange]) -> HttpResponse:
        shown = {
            "title": definition.title,
            "definition": definition,
            "shared": written(masked(name, value_of(stored, name))),
            "default": written(masked(name, definition.default)),
            "pods": [_pod_line(pod, definition, form, stored) for pod in this_topology().pods],
            "form": form,
            "changes": changes,
            "history": SettingChange.objects.filter(name=name).order_by("-pk")[:LATEST],
        }
        context = {**shared_area.each_context(request), **shown}
        return render(request, "admin_area/setting.html", context, status=status)

    return _answer(request, slots, show, reverse("admin:setting", args=[name]))


def _answer(request: HttpRequest, slots: Sequence[Slot], show: Show, address: str) -> HttpResponse:
    """The page, or the way to it after what was sent is saved."""
    stored = read_stored(router.db_for_read(ApplicationSetting))
    if request.method != "POST":
        return show(ValuesForm(slots, stored), stored, 200, [])
    form = ValuesForm(slots, stored, request.POST)
    if not form.is_valid():
        return show(form, stored, INVALID, [])
    who = cast(User, request.user)
    try:
        saved = save(form.changes(), Actor(who.username, who.pk), this_topology(), seen=form.cleaned_data["version"])
    except SettingsInvalid as error:
        form.add_problems(error.problems)
        return show(form, stored, INVALID, [])
    except ChangedMeanwhile as error:
        stored = read_stored(router.db_for_read(ApplicationSetting))
        form = form.upon(stored)
        form.add_error(None, _told(error))
        return show(form, stored, CONFLICT, error.changes)
    messages.success(request, SAVED if saved.lines else "There were no changes to save.")
    return HttpResponseRedirect(address)


def _told(error: ChangedMeanwhile) -> str:
    who = "Someone else changed settings" if error.changes else "Someone wrote to the database directly"
    return (
        f"{who} since this page was loaded, so nothing was saved. Your input is kept below. Review it, then save again."
    )


def _line(definition: Definition, form: ValuesForm, stored: Stored) -> Line:
    name = definition.name
    own = sorted(pod for pod, values in stored.per_pod.items() if name in values)
    return Line(definition, form[name], _bound(form, TAKE_BACK + name), ", ".join(own))


def _pod_line(pod: str, definition: Definition, form: ValuesForm, stored: Stored) -> PodLine:
    found = effective(stored, this_topology().pod(pod))
    value = masked(definition.name, found.settings.model_dump(mode="json")[definition.name])
    return PodLine(
        name=pod,
        region=this_topology().pod(pod).region,
        value=written(value),
        origin=ORIGINS[found.origins[definition.name]],
        problem="; ".join(each.message for each in found.problems if each.name == definition.name),
        field=_bound(form, OWN + pod),
        take_back=_bound(form, TAKE_BACK + OWN + pod),
    )


def _bound(form: ValuesForm, key: str) -> Any:
    return form[key] if key in form.fields else None
