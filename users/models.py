"""People and how they prove who they are: shared by all pods."""

from __future__ import annotations

import hashlib
import secrets

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import PermissionsMixin, UserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from schemas.fields import SoftReferenceField

GITLAB_COM_PUBLIC = 1
TOKEN_PREFIX = "glpat-"  # noqa: S105


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
        constraints = [
            models.UniqueConstraint(Lower("username"), name="users_username_is_taken_once"),
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
        constraints = [
            models.UniqueConstraint("user", "organization_id", name="memberships_once_per_organization"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.organization_id} as {self.role}"


class PersonalAccessToken(models.Model):
    """A secret by which a program acts as a person; only its digest is stored."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="access_tokens")
    name = models.CharField(max_length=255)
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the token, in hexadecimal.")
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name

    @staticmethod
    def digest_of(token: str) -> str:
        """What is stored of a token. It is random and long, so a plain hash is enough: nobody can guess it."""
        return hashlib.sha256(token.encode()).hexdigest()

    @classmethod
    def issue(cls, user: User, name: str) -> str:
        """Make a token for a person and return it; it cannot be read again."""
        token = TOKEN_PREFIX + secrets.token_urlsafe(32)
        cls.objects.create(user=user, name=name, digest=cls.digest_of(token))
        return token
