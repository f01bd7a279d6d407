"""The code in a link that resets a password: Django's, for as long as the setting says now."""

from __future__ import annotations

from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.utils.http import base36_to_int

from admin_settings.in_force import in_force
from users.models import User

HOUR_SECONDS = 3600


class ResetCodes(PasswordResetTokenGenerator):
    """Makes and checks the codes; `PASSWORD_RESET_TIMEOUT` is only the longest life that the setting may give."""

    def check_token(self, user: User | None, token: str | None) -> bool:
        """Whether a code belongs to this user, was not used, and has not expired."""
        if user is None or not token or not super().check_token(user, token):
            return False
        made = base36_to_int(token.partition("-")[0])
        return self._num_seconds(self._now()) - made <= in_force().password_reset_hours * HOUR_SECONDS


reset_codes = ResetCodes()
