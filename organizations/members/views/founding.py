"""Make an organization, and the question that follows sign-up."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from organizations.founding import FoundingError, TooManyOrganizations, found
from organizations.members.forms import LinkForm, OrganizationForm
from organizations.members.mails import INVITES_PATH
from organizations.members.models import Membership
from organizations.models import GITLAB_COM_PUBLIC
from organizations.placing import PodsFull, pod_for
from organizations.scope import org_scoped
from schemas.identity import this_pod
from users.forms import HOME
from users.limits import told_when
from users.models import User
from users.name_attempts import may_try
from users.signed_in import person

METHODS = ["GET", "HEAD", "POST"]


@require_http_methods(METHODS)
def new_organization(request: HttpRequest) -> HttpResponse:
    """The form, and then on to the new organization, whose pod makes the rest of it.

    The page belongs to GitLab.com Public. Its form is sent to a pod of the sender's region, which is near them
    and so decides where the organization is placed.
    """
    creator = person(request)
    if request.method != "POST":
        form = OrganizationForm(initial={"home": "welcome" in request.GET})
        return render(request, "members/new_organization.html", {"form": form})
    form = OrganizationForm(request.POST)
    status = 422
    if not may_try(creator.pk):
        form.add_error(None, "You tried too many paths in a short time. Wait a minute, then try again.")
        status = 429
    elif form.is_valid():
        try:
            return _found(request, form, creator)
        except TooManyOrganizations as error:
            form.add_error(None, _sentence(error))
            page = render(request, "members/new_organization.html", {"form": form}, status=429)
            return told_when(page, TooManyOrganizations.WAIT)
        except PodsFull:
            form.add_error(None, "New organizations cannot be created at the moment. Try again later.")
            status = 503
        except FoundingError as error:
            form.add_error("path", _sentence(error))
    return render(request, "members/new_organization.html", {"form": form}, status=status)


@require_http_methods(METHODS)
def welcome(request: HttpRequest) -> HttpResponse:
    """Ask a new user whether to join an organization, create one, or continue without one."""
    newcomer = person(request)
    form = LinkForm()
    if "neither" in request.POST:
        _join_gitlab_com_public(newcomer)
        return HttpResponseRedirect(HOME)
    if request.method == "POST":
        form = LinkForm(request.POST)
        if form.is_valid():
            return HttpResponseRedirect(f"{INVITES_PATH}{form.cleaned_data['link']}?welcome")
    return render(request, "members/welcome.html", {"form": form}, status=422 if form.is_bound else 200)


def _found(request: HttpRequest, form: OrganizationForm, creator: User) -> HttpResponse:
    made = found(
        form.cleaned_data["path"],
        form.cleaned_data["name"],
        pod_for(this_pod().region),
        creator_id=creator.pk,
        home=form.cleaned_data["home"],
    )
    messages.success(request, f"{made.name} was created. Invite others under Members.")
    return HttpResponseRedirect(org_scoped(made.path, settings.FIRST_PAGE_OF_ORGANIZATION))


def _join_gitlab_com_public(newcomer: User) -> None:
    """As legacy users do; who has another home keeps it."""
    if newcomer.is_legacy:
        Membership.objects.using("users").bulk_create(
            [Membership(user_id=newcomer.pk, organization_id=GITLAB_COM_PUBLIC, role=Membership.Role.MEMBER)],
            ignore_conflicts=True,
        )


def _sentence(error: Exception) -> str:
    text = str(error)
    return f"{text[:1].upper()}{text[1:]}."
