"""Users and their credentials: shared by all pods."""

from __future__ import annotations

import hashlib
import re
import uuid
from datetime import timedelta

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import PermissionsMixin, UserManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Now
from django.utils import timezone
from django.utils.crypto import salted_hmac

from admin_settings.in_force import in_force
from organizations.models import GITLAB_COM_PUBLIC
from schemas.afterwards import afterwards
from schemas.fields import SoftReferenceField
from schemas.freshness import demand
from schemas.names import segment_condition
from schemas.positions import announce
from users import routable_tokens

TOKEN_PREFIX = "glpat-"  # noqa: S105
TOKEN_LIFETIME = timedelta(days=365)
# Of tokens that are not routable: 43 characters of base64, or a token of the demo data.
TOKEN_FORM = re.compile(r"glpat-[A-Za-z0-9_.-]{1,64}", re.ASCII)
USE_NOTED_AFTER = timedelta(hours=1)


class User(AbstractBaseUser, PermissionsMixin):
    """A user, known to all pods."""

    username = models.CharField(max_length=255, unique=True)
    email = models.EmailField(blank=True)
    name = models.CharField(max_length=255, blank=True)
    default_organization_id = SoftReferenceField(
        to="organizations.Organization",
        default=GITLAB_COM_PUBLIC,
        help_text="The user's default organization; never null.",
    )
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(default=timezone.now)
    session_generation = models.IntegerField(
        default=0, db_default=0, help_text="Part of the session hash; raising it ends all sessions."
    )

    token_scope = ""
    """The scope of the request's access token; empty when there is none."""
    limited_to: int | None = None
    """The organization that the request's access token is limited to; None when there is no limit."""
    power_withheld = False
    """Whether an administrator has no more power in this request than their roles give (`users.power`)."""
    power_missed = False
    """Whether this request asked for the power that is withheld."""

    objects = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["email"]

    class Meta:
        db_table = "users"
        indexes = [
            # A few among millions.
            models.Index(Lower("username"), condition=Q(is_superuser=True), name="users_administrators"),
            models.Index(Lower("username"), condition=Q(is_active=False), name="users_deactivated"),
        ]
        constraints = [
            models.UniqueConstraint(Lower("username"), name="users_username_is_taken_once"),
            models.UniqueConstraint(Lower("email"), condition=~Q(email=""), name="users_email_is_taken_once"),
            # A personal namespace has its owner's username as its path.
            models.CheckConstraint(condition=segment_condition("username"), name="users_username_is_a_segment"),
        ]

    def __str__(self) -> str:
        return self.username

    @property
    def is_legacy(self) -> bool:
        """Whether their default organization is GitLab.com Public."""
        return self.default_organization_id == GITLAB_COM_PUBLIC

    @property
    def has_power(self) -> bool:
        """Whether this is an administrator who may act as one in this request; that it was asked for is noted.

        Never with a token that is limited to one organization.
        """
        if self.limited_to is not None:
            return False
        if self.is_superuser and self.power_withheld:
            self.power_missed = True
            return False
        return self.is_superuser

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Return the session hash (Django's `get_session_auth_hash`), made of the password and the generation."""
        stands_for = f"{self.session_generation}:{self.password}"
        return salted_hmac("users.models.User", stands_for, secret=secret, algorithm="sha256").hexdigest()


class EmailChange(models.Model):
    """An email address that a user asked for; it becomes theirs when they open the link in the mail to it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="email_change")
    email = models.EmailField()
    expires_at = models.DateTimeField()

    class Meta:
        db_table = "email_changes"

    def __str__(self) -> str:
        return f"{self.user_id} wants {self.email}"


class OutgoingEmail(models.Model):
    """An email that waits to be sent (`users.outbox`), written with what caused it and deleted once it is sent."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    to = models.CharField(max_length=254, blank=True, help_text="Empty: nobody gets it, which takes as long.")
    subject = models.TextField()
    text = models.TextField()
    sender = models.CharField(max_length=254)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField(help_text="From then on any pod may send it, not only the one that wrote it.")
    begun_at = models.DateTimeField(
        null=True, help_text="When a pod began to hand it to the mail server; from then on nobody begins it again."
    )

    class Meta:
        db_table = "outgoing_emails"
        indexes = [models.Index(fields=["due_at"], name="outgoing_emails_due")]

    def __str__(self) -> str:
        return f"{self.subject} ({self.pk})"


class PersonalAccessToken(models.Model):
    """A secret by which a program acts as a person; only its digest is stored."""

    class Scope(models.TextChoices):
        """What a token may do; named as in GitLab."""

        API = "api", "api: read and change everything you have access to"
        READ_API = "read_api", "read_api: read only"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="access_tokens")
    name = models.CharField(max_length=255)
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the token, in hexadecimal.")
    scope = models.CharField(max_length=16, choices=Scope.choices)
    organization_id = SoftReferenceField(
        to="organizations.Organization",
        null=True,
        db_index=False,
        help_text="The only organization that the token sees; null for every one that its owner sees.",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True, help_text="Up to an hour older than the last use.")

    class Meta:
        db_table = "personal_access_tokens"
        constraints = [
            models.CheckConstraint(condition=Q(digest__regex=r"\A[0-9a-f]{64}\Z"), name="tokens_are_stored_hashed"),
            models.CheckConstraint(condition=Q(scope__in=["api", "read_api"]), name="tokens_scope_is_known"),
        ]

    def __str__(self) -> str:
        return self.name

    @staticmethod
    def digest_of(token: str) -> str:
        """Return the stored digest of a token. Tokens are long and random, so a plain hash is enough."""
        return hashlib.sha256(token.encode()).hexdigest()

    @classmethod
    def issue(
        cls,
        user: User,
        name: str,
        lifetime: timedelta | None = TOKEN_LIFETIME,
        scope: str = Scope.API,
        organization_id: int | None = None,
    ) -> str:
        """Create a token for a user and return it; it cannot be read again. With None it never expires.

        With an organization it sees nothing of any other. It works everywhere by the time the response arrives.
        """
        announce("users")
        told = {"o": organization_id or user.default_organization_id, "u": user.pk}
        token = routable_tokens.make(TOKEN_PREFIX, told)
        cls.objects.create(
            user=user,
            name=name,
            digest=cls.digest_of(token),
            expires_at=timezone.now() + lifetime if lifetime else None,
            scope=scope,
            organization_id=organization_id,
        )
        return token

    @staticmethod
    def may_be(token: str) -> bool:
        """Whether a text can be a token: one with a wrong checksum cannot."""
        if routable_tokens.has_the_shape(token):
            return routable_tokens.is_whole(token, TOKEN_PREFIX)
        return TOKEN_FORM.fullmatch(token) is not None

    @classmethod
    def user_of(cls, token: str, *, note: bool = True) -> User | None:
        """Return the user of a token; None when the token is unknown, expired or revoked, or the user is not active.

        Text that cannot be a token costs no query. Its use is noted at most once in `USE_NOTED_AFTER`, if at all.
        """
        if not cls.may_be(token):
            return None
        demand("users", in_force().session_replica_seconds)
        in_time = Q(expires_at=None) | Q(expires_at__gt=Now())
        usable = cls.objects.filter(in_time, digest=cls.digest_of(token), revoked_at=None, user__is_active=True)
        token_row = usable.select_related("user").first()
        if token_row is None:
            return None
        if note:
            token_row._note_use()
        token_row.user.token_scope = token_row.scope
        token_row.user.limited_to = token_row.organization_id
        return token_row.user

    def _note_use(self) -> None:
        """Note that the token is used now, unless that was noted recently or the primary cannot be reached."""
        if self.last_used_at is not None and self.last_used_at > timezone.now() - USE_NOTED_AFTER:
            return
        noted_long_ago = Q(last_used_at=None) | Q(last_used_at__lt=Now() - USE_NOTED_AFTER)
        mine = type(self).objects.filter(noted_long_ago, pk=self.pk)
        afterwards(lambda: mine.update(last_used_at=Now()))

    def revoke(self) -> None:
        """Revoke the token, everywhere by the time the response arrives. Revoking it again changes nothing."""
        announce("users")
        type(self).objects.filter(pk=self.pk, revoked_at=None).update(revoked_at=Now())


class RateLimit(models.Model):
    """A count of attempts; see `users.limits`."""

    key = models.CharField(max_length=64, primary_key=True, help_text="Hash of the action and who tried it.")
    tries = models.IntegerField()
    ends_at = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "rate_limits"

    def __str__(self) -> str:
        return f"{self.key[:8]}: {self.tries}"


class SignIn(models.Model):
    """Where and when a session started, so that users can recognize and end their sessions (`users.sign_ins`)."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sign_ins")
    # No foreign key: sessions are deleted by the release before, too, which knows nothing of this table.
    session_key = models.CharField(max_length=40, unique=True)
    browser = models.CharField(max_length=255, blank=True, help_text="The User-Agent header.")
    address = models.CharField(max_length=45, blank=True, help_text="The client's network address.")
    created_at = models.DateTimeField(auto_now_add=True)
    last_seen_at = models.DateTimeField(help_text="Up to an hour older than the last request.")
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "sign_ins"

    def __str__(self) -> str:
        return f"{self.user_id} since {self.created_at:%Y-%m-%d %H:%M}"
