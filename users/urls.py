"""Sign-in and what belongs to a person: users live in the shared database, so the nearest pod serves."""

from __future__ import annotations

from routing.declare import Patterns, by_namespace, fixed_to_region, gitlab_com_public, prefix, route
from routing.views import not_built
from users.views import access_tokens, confirm_password, email, password, profile, sessions, sign_in

PROFILE: Patterns = [
    # Each page by itself: the seed wants an exact answer for the first.
    route("-/profile", profile.profile, fixed_to_region(), name="profile"),
    route("-/profile/confirm", confirm_password.confirm_password, fixed_to_region(), name="confirm-password"),
    route("-/profile/email", email.change, fixed_to_region(), name="change-email"),
    route("-/profile/email/take_back", email.take_back, fixed_to_region(), name="take-back-email"),
    route("-/profile/email/confirm/<segment:token>", email.confirm, fixed_to_region(), name="confirm-email"),
    route("-/profile/account", profile.account, fixed_to_region(), name="account"),
    route("-/profile/account/sign_out", profile.sign_out_everywhere, fixed_to_region(), name="sign-out-everywhere"),
    route("-/profile/account/deactivate", profile.deactivate_account, fixed_to_region(), name="deactivate"),
    route("-/profile/sessions", sessions.sessions, fixed_to_region(), name="sessions"),
    route("-/profile/sessions/<segment:sign_in_id>/end", sessions.end, fixed_to_region(), name="end-session"),
    route("-/profile/password", password.change, fixed_to_region(), name="password"),
    route("-/profile/personal_access_tokens", access_tokens.access_tokens, fixed_to_region(), name="access-tokens"),
    route(
        "-/profile/personal_access_tokens/revoke_all",
        access_tokens.revoke_all,
        fixed_to_region(),
        name="revoke-access-tokens",
    ),
    route(
        "-/profile/personal_access_tokens/<segment:token_id>/revoke",
        access_tokens.revoke,
        fixed_to_region(),
        name="revoke-access-token",
    ),
    route("-/profile/<segment:page>", not_built, fixed_to_region()),
    route("-/profile/<segment:page>/<rest:rest>", not_built, fixed_to_region()),
]

urlpatterns: Patterns = [
    route("users/sign_in", sign_in.sign_in, fixed_to_region(), name="sign-in"),
    route("users/sign_out", sign_in.sign_out, fixed_to_region(), name="sign-out"),
    route("users/password/edit", password.reset, fixed_to_region(), name="reset-password"),
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
    *PROFILE,
    *prefix("-/invites", gitlab_com_public()),
    *prefix("invites", gitlab_com_public()),
    *prefix("-/unsubscribes", gitlab_com_public()),
    *prefix("unsubscribes", gitlab_com_public()),
    *prefix("u/<name:username>", by_namespace("username")),
]
