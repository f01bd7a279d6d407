"""The engine's API, below `/api`: what routers, operators and any program ask."""

from __future__ import annotations

from django.views.generic import RedirectView

from admin_area.cluster.api import ClusterView
from pods.api_schema import LearnView, SchemaDocument, SchemaPage
from pods.views.current_user import CurrentUserView
from routing.declare import Patterns, any_pod, fixed_to_legacy_pod, route
from users.api.access_tokens import UsedTokenView, UserAccessTokensView
from users.api.tokens import TokensView, TokenView

urlpatterns: Patterns = [
    route("v4/pods/learn", LearnView.as_view(), any_pod(), name="learn"),
    route("v4/admin/cluster", ClusterView.as_view(), fixed_to_legacy_pod(), name="cluster"),
    route("v4/openapi.json", SchemaDocument.as_view(), any_pod(), name="openapi"),
    route("v4/user/personal_access_tokens", UserAccessTokensView.as_view(), any_pod(), name="create-access-token"),
    route("v4/personal_access_tokens/self", UsedTokenView.as_view(), any_pod(), name="used-access-token"),
    route("docs", SchemaPage.as_view(url_name="openapi"), any_pod(), name="api-docs"),
    # Where the page was before.
    route("v4/openapi", RedirectView.as_view(pattern_name="api-docs"), any_pod(), name="openapi-page"),
    route("v4/personal_access_tokens", TokensView.as_view(), any_pod()),
    route("v4/personal_access_tokens/<segment:id>", TokenView.as_view(), any_pod()),
    route("v4/user", CurrentUserView.as_view(), any_pod(), name="current-user"),
]
