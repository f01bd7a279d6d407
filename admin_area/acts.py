"""Actions of administrators on a row: confirmed on a separate page, through the same functions that pages use.

Before an act begins it stands in the audit log, and its outcome is added
afterwards: no act is without a line, whichever database fails in between. A
line without an outcome is one that died on its way, and may be repeated.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib import messages
from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from schemas.identity import this_pod
from schemas.placement import schema_of
from topology.model import SHARED_SCHEMAS
from users.models import User

if TYPE_CHECKING:
    from admin_area.listing import Listing

INVALID = 422
LONGEST_NAME = 200
BEGAN, DONE, REFUSED = "began", "done", "refused"


class Refused(Exception):
    """The action cannot be done; the message says why and what to do instead."""


def asking(form: type[forms.Form]) -> Callable[[Any, Any], forms.Form]:
    """Makes a form that is the same for every row."""
    return lambda data, _: form(data)


NOTHING_TO_FILL_IN = asking(forms.Form)


@dataclass(frozen=True)
class Act:
    """An action on a row, or on a list as a whole."""

    name: str
    """Last segment of its address."""
    label: str
    """On the button that does it."""
    explanation: str
    """What it does, shown before it is confirmed."""
    run: Callable[[Any, User, dict[str, Any]], str]
    """Does it with the row, for an administrator, with what the form holds; returns what to tell them."""
    form: Callable[[Any, Any], forms.Form] = NOTHING_TO_FILL_IN
    """Makes the form, of what was sent (or None) and the row."""
    applies: Callable[[Any], bool] = bool
    """Whether it can be done with a row now; every row by default."""
    refusals: tuple[type[Exception], ...] = ()
    """The exceptions, besides `Refused`, that `run` raises when it cannot be done."""

    @property
    def refused(self) -> tuple[type[Exception], ...]:
        """All that means that it cannot be done."""
        return (Refused, *self.refusals)


def act_page(listing: Listing, request: HttpRequest, act: Act, row: Any) -> HttpResponse:
    """The page that asks whether to do it, and does."""
    form = act.form(request.POST if request.method == "POST" else None, row)
    if request.method == "POST":
        if row is not None and not act.applies(row):
            form.add_error(None, "This can no longer be done: someone else changed the row first.")
        elif form.is_valid():
            try:
                message = perform(act, row, cast(User, request.user), form.cleaned_data, listing.model)
            except act.refused as error:
                for reason in _reasons(str(error)):
                    form.add_error(None, reason)
            else:
                messages.success(request, message)
                return HttpResponseRedirect(_address_after(listing, row))
    context = {
        **listing.admin_site.each_context(request),
        **listing.surroundings(),
        "title": act.label,
        "act": act,
        "row": row,
        "form": form,
    }
    return render(request, "admin_area/act.html", context, status=INVALID if form.errors else 200)


def perform(act: Act, row: Any, who: User, given: dict[str, Any], model: type[Model]) -> str:
    """Do it, with its line in the audit log, and return the message for the administrator. Raises `Act.refused`."""
    entry = _line(act, row, who, model)
    try:
        message = act.run(row, who, given)
    except act.refused as error:
        _conclude(entry, act, f"{REFUSED}: {error}")
        raise
    _conclude(entry, act, f"{DONE}: {message}")
    return message


def _line(act: Act, row: Any, who: User, model: type[Model]) -> LogEntry:
    about = "" if row is None else str(row)
    if schema_of(model) not in SHARED_SCHEMAS:
        about = f"{about} on {this_pod().name}"
    return LogEntry.objects.create(
        user_id=who.pk,
        content_type_id=ContentType.objects.get_for_model(model).pk,
        object_id="" if row is None else str(row.pk),
        object_repr=about[:LONGEST_NAME],
        action_flag=ADDITION if row is None else CHANGE,
        change_message=f"{act.label}: {BEGAN}",
    )


def _conclude(entry: LogEntry, act: Act, outcome: str) -> None:
    LogEntry.objects.filter(pk=entry.pk).update(change_message=f"{act.label}: {outcome}")


def _address_after(listing: Listing, row: Any) -> str:
    """The row's page; the list's when the row is gone."""
    still_there = row is not None and type(row)._default_manager.filter(pk=row.pk).exists()
    return listing.address_of(row) if still_there else listing.address()


def _reasons(text: str) -> list[str]:
    """The sentences of an error: the text, or the items of the list that follows its first line."""
    first, *items = text.splitlines() or [text]
    return [sentence(item.removeprefix("- ")) for item in items] or [sentence(first)]


def sentence(text: str) -> str:
    """An error's message as a sentence of a page."""
    return text[:1].upper() + text[1:].rstrip(".") + "."
