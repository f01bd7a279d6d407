"""Forms about groups and projects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from admin_settings.in_force import in_force
from monolith.namespaces.models import Namespace, Project, Role, Visibility
from monolith.namespaces.visibility import first_choice
from organizations.models import GITLAB_COM_PUBLIC
from routing import claims
from routing.forms import PathField

LONGEST_TEXT = 100_000


class VisibilityField(forms.ChoiceField):
    """A visibility, no wider than that of `within`."""

    def __init__(
        self, organization_id: int, within: Namespace | None = None, wanted: str = Visibility.PRIVATE, **kwargs: Any
    ) -> None:
        widest = Visibility(within.visibility) if within else Visibility.PUBLIC
        names = {
            Visibility.PUBLIC: "Public: everyone",
            Visibility.INTERNAL: "Internal: all GitLab.com users"
            if organization_id == GITLAB_COM_PUBLIC
            else "Internal: members of the organization",
            Visibility.PRIVATE: "Private: members only",
        }
        choices = [(each.value, name) for each, name in names.items() if widest.covers(each)]
        super().__init__(choices=choices, initial=str(first_choice(wanted, within)), **kwargs)


class TextField(forms.CharField):
    """Some lines of text."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=LONGEST_TEXT, widget=forms.Textarea(attrs={"rows": 6}), **kwargs)


class NamedForm(forms.Form):
    """Base form of new groups and projects."""

    name = forms.CharField(max_length=255)
    path = PathField()

    def __init__(
        self, *args: Any, organization_id: int, wanted: str, within: Namespace | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["visibility"] = VisibilityField(organization_id, within, wanted)

    def blame(self, error: claims.ClaimError) -> None:
        """Add the error to the field that it is about."""
        blame(self, error)


class GroupForm(NamedForm):
    """A new group."""

    def __init__(self, *args: Any, within: Namespace | None = None, **kwargs: Any) -> None:
        super().__init__(*args, within=within, wanted=in_force().default_group_visibility, **kwargs)


class ProjectForm(NamedForm):
    """A new project."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, wanted=in_force().default_project_visibility, **kwargs)
        self.fields["description"] = TextField(required=False)


class NewProjectForm(ProjectForm):
    """A new project in one of these namespaces."""

    def __init__(self, *args: Any, namespaces: Sequence[Namespace], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        paths = [each.full_path for each in namespaces]
        self.fields["namespace"] = forms.ChoiceField(
            label="Group or namespace", choices=[(path, path) for path in paths]
        )
        self.order_fields(["namespace"])


class SettingsForm(forms.Form):
    """The name, visibility and description of a group or project."""

    name = forms.CharField(max_length=255)

    def __init__(self, *args: Any, entity: Namespace | Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.entity = entity
        within = entity.parent if isinstance(entity, Namespace) else entity.namespace
        self.fields["visibility"] = VisibilityField(entity.organization_id, within)
        self.fields["description"] = TextField(required=False)
        self.initial = {name: getattr(entity, name) for name in self.fields}


class PathForm(forms.Form):
    """A new last path segment."""

    path = PathField(label="New path")


class TransferForm(forms.Form):
    """A new parent group."""

    into = forms.CharField(
        label="Parent group", max_length=1024, required=False, help_text="The full path of a group you maintain."
    )

    def __init__(self, *args: Any, entity: Namespace | Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        into = self.fields["into"]
        into.required = isinstance(entity, Project)
        into.widget.attrs |= {"autocapitalize": "none", "autocomplete": "off", "spellcheck": "false"}
        if not into.required:
            into.help_text = f"{into.help_text} Leave empty to make this a top-level group."

    def clean_into(self) -> str:
        """The path without slashes around it."""
        return str(self.cleaned_data["into"]).strip("/")


class DeleteForm(forms.Form):
    """Confirm a deletion by typing the path."""

    confirm = forms.CharField(max_length=1024)

    def __init__(self, *args: Any, expected: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._expected = expected
        self.fields["confirm"].label = f"Type {expected} to confirm"

    def clean_confirm(self) -> str:
        """The path as it is."""
        if self.cleaned_data["confirm"] != self._expected:
            raise forms.ValidationError(f"Type exactly {self._expected}.")
        return self._expected


class MemberForm(forms.Form):
    """The user to add, and the role."""

    username = forms.CharField(
        max_length=255, widget=forms.TextInput(attrs={"autocapitalize": "none", "autocomplete": "off"})
    )

    def __init__(self, *args: Any, roles: Sequence[Role], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(role.value, role.label) for role in roles]
        self.fields["role"] = forms.ChoiceField(choices=choices, initial=Role.DEVELOPER.value)


class MemberRoleForm(forms.Form):
    """Another role for a member."""

    role = forms.ChoiceField(choices=Role.choices)


FIELD_OF = {claims.PathTaken: "path", claims.NameInvalid: "path"}
SAID: dict[type[Exception], str] = {
    claims.PathTaken: "This path is taken. Choose another one.",
    claims.NamespaceGone: "The parent group was renamed or deleted in the meantime. Look up its new path.",
    claims.OrganizationGone: "Nothing can be created here any longer.",
}
"""Messages that replace those that name organizations: users of GitLab.com Public are never told about them."""


def said(error: Exception) -> str:
    """Return an error's message as a sentence for users."""
    return SAID.get(type(error), f"{str(error).rstrip('.')}.")


def blame(form: forms.Form, error: claims.ClaimError) -> None:
    """Add the error of a name to the field that it is about, or to the form when it has no such field."""
    field = FIELD_OF.get(type(error))
    form.add_error(field if field in form.fields else None, said(error))
