"""Sign-in and what belongs to a person: users live in the shared database, so the nearest pod serves."""

from __future__ import annotations

from routing.declare import Patterns, by_namespace, fixed_to_region, gitlab_com_public, prefix, route
from routing.views import not_built
from users import views

urlpatterns: Patterns = [
    route("users/sign_in", views.sign_in, fixed_to_region(), name="sign-in"),
    route("users/sign_out", views.sign_out, fixed_to_region(), name="sign-out"),
    *prefix("users", fixed_to_region()),
    *prefix("login", fixed_to_region()),
    *prefix("oauth", fixed_to_region()),
    *prefix("profile", fixed_to_region()),
    *prefix(".well-known", fixed_to_region()),
    *prefix("-/smartcard", fixed_to_region()),
    *prefix("-/kerberos", fixed_to_region()),
    *prefix("-/user_settings", fixed_to_region()),
    *prefix("-/users", fixed_to_region()),
    *prefix("-/identity_verification", fixed_to_region()),
    *prefix("-/phone_verification", fixed_to_region()),
    # Each page by itself: the seed wants an exact answer for the first.
    route("-/profile", not_built, fixed_to_region()),
    route("-/profile/<segment:page>", not_built, fixed_to_region()),
    route("-/profile/<segment:page>/<rest:rest>", not_built, fixed_to_region()),
    *prefix("-/invites", gitlab_com_public()),
    *prefix("invites", gitlab_com_public()),
    *prefix("-/unsubscribes", gitlab_com_public()),
    *prefix("unsubscribes", gitlab_com_public()),
    *prefix("u/<name:username>", by_namespace("username")),
    *prefix("-/u", gitlab_com_public()),
]
