"""Which organization an endpoint without a key belongs to: that of the caller, by the token or session of the request.

Any pod knows the caller, since users are shared. So a pod can say whose a request is before it processes anything.
"""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest

from organizations.default_organization import organization_id_of
from organizations.models import GITLAB_COM_PUBLIC
from pods.details import PodRequest
from routing.learn import Answer, of_organization
from schemas.pinning import pin
from users.authentication import caller_of


def organization_of(request: HttpRequest) -> int:
    """The id of the organization that a request without a key was found to belong to."""
    answer = cast(PodRequest, request).pod.answer
    return GITLAB_COM_PUBLIC if answer is None or answer.organization_id is None else answer.organization_id


def for_caller(request: HttpRequest, answer: Answer, *, fresh: bool = False) -> Answer:
    """Learn's answer for an endpoint of the caller's organization, with the pod of that organization.

    Visitors and invalid credentials get GitLab.com Public. `fresh` asks the primaries. Raises `RoutesUnreachable`.
    """
    if fresh:
        pin("users")
    organization_id = organization_id_of(caller_of(request))
    return answer if organization_id == GITLAB_COM_PUBLIC else of_organization(answer, organization_id, fresh=fresh)
