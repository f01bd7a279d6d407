"""One page for every form: it says what is wrong beside the fields, and comes back as 422 with what was written."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

INVALID = 422
TOO_MANY = 429


def form_page(
    request: HttpRequest,
    form: forms.Form,
    *,
    title: str,
    action: str,
    submit: str,
    status: int | None = None,
    template: str = "namespaces/form.html",
    **more: Any,
) -> HttpResponse:
    """The page with a form that is sent to `action`."""
    shown = {"form": form, "title": title, "action": action, "submit": submit, **more}
    return render(request, template, shown, status=status or (INVALID if form.is_bound else 200))
