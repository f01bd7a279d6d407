"""`/api/v4/version` and `/api/v4/metadata`: which software this is."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from users.api.inputs import takes
from users.api.private import FOR_PEOPLE, PrivateView

NO_KAS = {"enabled": False, "externalUrl": None, "externalK8sProxyUrl": None, "version": None}


class VersionSerializer(serializers.Serializer[Any]):
    """The release of this software."""

    version = serializers.CharField(help_text="The release of this software, not of GitLab.")
    revision = serializers.CharField()


class KasSerializer(serializers.Serializer[Any]):
    """The agent server for Kubernetes, which is not built."""

    enabled = serializers.BooleanField()
    externalUrl = serializers.CharField(allow_null=True)  # noqa: N815  (GitLab's name)
    externalK8sProxyUrl = serializers.CharField(allow_null=True)  # noqa: N815
    version = serializers.CharField(allow_null=True)


class MetadataSerializer(VersionSerializer):
    """The release of this software, and what it has."""

    kas = KasSerializer()
    enterprise = serializers.BooleanField()


class VersionView(PrivateView):
    """The release."""

    permission_classes = FOR_PEOPLE

    @takes(responses=VersionSerializer)
    def get(self, request: Request) -> Response:
        """Return it."""
        return Response({"version": settings.RELEASE, "revision": settings.RELEASE})


class MetadataView(PrivateView):
    """The release, and what it has."""

    permission_classes = FOR_PEOPLE

    @takes(responses=MetadataSerializer)
    def get(self, request: Request) -> Response:
        """Return it."""
        release = {"version": settings.RELEASE, "revision": settings.RELEASE}
        return Response({**release, "kas": NO_KAS, "enterprise": False})
