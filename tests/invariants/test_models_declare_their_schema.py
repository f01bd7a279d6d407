"""Invariant 5."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.conf import settings
from django.db import models
from django.test.utils import isolate_apps

from schemas.checks import every_app_has_a_schema, every_model_has_a_schema
from schemas.fields import SoftReferenceField
from schemas.placement import schema_of
from topology import SCHEMAS
from users.models import User


def _errors_of(model: type[models.Model], monkeypatch: pytest.MonkeyPatch) -> list[str | None]:
    monkeypatch.setattr(apps, "get_models", lambda include_auto_created: [model])
    return [error.id for error in every_model_has_a_schema(None)]


def test_every_model_has_a_schema() -> None:
    assert every_model_has_a_schema(None) == []
    assert {schema_of(model) for model in apps.get_models()} == set(SCHEMAS)


def test_every_app_has_a_schema() -> None:
    assert every_app_has_a_schema(None) == []


def test_an_app_with_migrations_and_no_schema_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(settings.SCHEMA_OF_THIRD_PARTY_APP, "axes")
    assert [(error.id, error.obj) for error in every_app_has_a_schema(None)] == [("schemas.E005", "axes")]


def test_an_app_with_a_schema_that_does_not_exist_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apps.get_app_config("work"), "schema", "nowhere")
    assert [(error.id, error.obj) for error in every_app_has_a_schema(None)] == [("schemas.E006", "monolith.work")]


@isolate_apps("monolith.namespaces")
def test_a_foreign_key_into_another_schema_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    class Liked(models.Model):  # noqa: DJ008
        user = models.ForeignKey("users.User", on_delete=models.CASCADE)

        class Meta:
            app_label = "namespaces"

    Liked._meta.get_field("user").remote_field.model = User  # type: ignore[union-attr]
    assert _errors_of(Liked, monkeypatch) == ["schemas.E002"]


@isolate_apps("monolith.namespaces")
def test_a_soft_reference_within_the_schema_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    class Liked(models.Model):  # noqa: DJ008
        project_id = SoftReferenceField(to="namespaces.Project")

        class Meta:
            app_label = "namespaces"

    assert _errors_of(Liked, monkeypatch) == ["schemas.E004"]


@isolate_apps("monolith.namespaces")
def test_a_soft_reference_to_nothing_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    class Liked(models.Model):  # noqa: DJ008
        thing_id = SoftReferenceField(to="projects.Thing")

        class Meta:
            app_label = "namespaces"

    assert _errors_of(Liked, monkeypatch) == ["schemas.E003"]


def _undeclared() -> Iterator[type[models.Model]]:
    with isolate_apps("django.contrib.staticfiles"):

        class Stray(models.Model):  # noqa: DJ008
            class Meta:
                app_label = "staticfiles"

        yield Stray


def test_a_model_of_an_app_without_a_schema_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    for stray in _undeclared():
        assert _errors_of(stray, monkeypatch) == ["schemas.E001"]
