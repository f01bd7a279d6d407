"""People and how they prove who they are: shared by all pods."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import PermissionsMixin, UserManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Now
from django.utils import timezone

from schemas.fields import SoftReferenceField
from schemas.names import segment_condition

GITLAB_COM_PUBLIC = 1
"""The id of GitLab.com Public, the meta-organization of legacy users; it lives on the legacy pod."""

TOKEN_PREFIX = "glpat-"  # noqa: S105
TOKEN_LIFETIME = timedelta(days=365)


class User(AbstractBaseUser, PermissionsMixin):
    """A person, known to all pods."""

    username = models.CharField(max_length=255, unique=True)
    email = models.EmailField(blank=True)
    name = models.CharField(max_length=255, blank=True)
    default_organization_id = SoftReferenceField(
        to="organizations.Organization", default=GITLAB_COM_PUBLIC, help_text="Their home; never null."
    )
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(default=timezone.now)

    objects = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["email"]

    class Meta:
        db_table = "users"
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


class Membership(models.Model):
    """That a person belongs to an organization, and as what."""

    class Role(models.TextChoices):
        """What a member may do."""

        OWNER = "owner"
        MEMBER = "member"
        GUEST = "guest"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    organization_id = SoftReferenceField(to="organizations.Organization")
    role = models.CharField(max_length=8, choices=Role.choices, default=Role.MEMBER)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "memberships"
        constraints = [
            models.UniqueConstraint(fields=["user", "organization_id"], name="memberships_once_per_organization"),
            models.CheckConstraint(
                condition=Q(role__in=["owner", "member", "guest"]), name="memberships_role_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.organization_id} as {self.role}"


class PersonalAccessToken(models.Model):
    """A secret by which a program acts as a person; only its digest is stored."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="access_tokens")
    name = models.CharField(max_length=255)
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the token, in hexadecimal.")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "personal_access_tokens"
        constraints = [
            models.CheckConstraint(condition=Q(digest__regex=r"\A[0-9a-f]{64}\Z"), name="tokens_are_stored_hashed"),
        ]

    def __str__(self) -> str:
        return self.name

    @staticmethod
    def digest_of(token: str) -> str:
        """What is stored of a token. It is random and long, so a plain hash is enough: nobody can guess it."""
        return hashlib.sha256(token.encode()).hexdigest()

    @classmethod
    def issue(cls, user: User, name: str, lifetime: timedelta | None = TOKEN_LIFETIME) -> str:
        """Make a token for a person and return it; it cannot be read again. None lets it live for ever."""
        token = TOKEN_PREFIX + secrets.token_urlsafe(32)
        expires_at = timezone.now() + lifetime if lifetime else None
        cls.objects.create(user=user, name=name, digest=cls.digest_of(token), expires_at=expires_at)
        return token

    @classmethod
    def user_of(cls, token: str) -> User | None:
        """The person that a token acts as, None when it is unknown, expired or revoked or the person is not active.

        Where it reads from a replica, a revoked token may work for as long as that replica lags.
        """
        usable = Q(revoked_at=None) & (Q(expires_at=None) | Q(expires_at__gt=Now()))
        return User.objects.filter(
            access_tokens__in=cls.objects.filter(usable, digest=cls.digest_of(token)), is_active=True
        ).first()

    def revoke(self) -> None:
        """Make it useless from now on; a second time changes nothing."""
        type(self).objects.filter(pk=self.pk, revoked_at=None).update(revoked_at=Now())
