"""`/-/profile/preferences`: a user's default organization."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from organizations.default_organization import choices_of, choose, default_organization_of
from organizations.members.exceptions import NotAMember
from organizations.models import GITLAB_COM_PUBLIC
from schemas.pinning import use_primary_db
from users.models import User
from users.signed_in import person

PREFERENCES = "/-/profile/preferences"


class PreferencesForm(forms.Form):
    """The default organization, for those who have a choice."""

    default_organization = forms.TypedChoiceField(
        coerce=int, help_text="The organization you see after you sign in and on pages that belong to no organization."
    )

    def __init__(self, user: User, data: object = None) -> None:
        home = default_organization_of(user)
        super().__init__(data, initial={"default_organization": home.pk if home else GITLAB_COM_PUBLIC})  # type: ignore[arg-type]
        choices = [(each.pk, each.name) for each in choices_of(user)]
        self.fields["default_organization"].choices = choices  # type: ignore[attr-defined]


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: HttpRequest) -> HttpResponse:
    """The page, which says nothing of organizations to those who belong to none but GitLab.com Public."""
    user = person(request)
    if request.method != "POST":
        return _page(request, PreferencesForm(user))
    with use_primary_db("users", "routes"):
        form = PreferencesForm(user, request.POST)
        if not form.is_valid():
            return _page(request, form, 422)
        try:
            choose(user, form.cleaned_data["default_organization"])
        except NotAMember:
            form.add_error(
                "default_organization", "You are no longer a member of this organization. Choose another one."
            )
            return _page(request, form, 422)
    messages.success(request, "Your preferences were saved.")
    return HttpResponseRedirect(PREFERENCES)


def _page(request: HttpRequest, form: PreferencesForm, status: int = 200) -> HttpResponse:
    return render(request, "organizations/preferences.html", {"form": form}, status=status)
