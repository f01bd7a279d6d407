"""A form of values: each may be set, or left empty for what holds without it.

The form carries what its page showed, so that only what the user really changed
is saved, and the version of the settings that this was.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import QueryDict

from admin_settings.changes import Change, value_of
from admin_settings.definition import Definition
from admin_settings.exceptions import Problem
from admin_settings.stored import Stored
from admin_settings.texts import bounds, read, written

TAKE_BACK = "take-back-"
VERSION = "version"
LONG_TEXT = 300


@dataclass(frozen=True)
class Slot:
    """Where a value can be set: a setting, of all pods or of one."""

    key: str
    """The name of its field."""
    definition: Definition
    label: str
    pod: str = ""

    @property
    def otherwise(self) -> str:
        """What holds while nothing is set here."""
        if self.pod:
            return "same as all pods"
        return f"default ({'' if self.definition.secret else written(self.definition.default) or 'none'})"


class ValuesForm(forms.Form):
    """A field for each slot."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, slots: Iterable[Slot], stored: Stored, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, initial={VERSION: stored.version.number})
        self.slots = tuple(slots)
        for slot in self.slots:
            value = value_of(stored, slot.definition.name, slot.pod)
            self.fields[slot.key] = _field(slot, value)
            if slot.definition.secret and value is not None:
                self.fields[TAKE_BACK + slot.key] = forms.BooleanField(required=False, label="Remove this value")

    def changes(self) -> list[Change]:
        """Return what the user changed of what the page showed."""
        return [
            Change(slot.definition.name, self._value(slot), slot.pod)
            for slot in self.slots
            if {slot.key, TAKE_BACK + slot.key} & set(self.changed_data)
        ]

    def add_problems(self, problems: Iterable[Problem]) -> None:
        """Show what is wrong with a value at its field, and above all where that is on another page."""
        for problem in problems:
            where = f" On {', '.join(problem.pods)}." if problem.pods else ""
            message = f"{problem.message[:1].upper()}{problem.message[1:]}.{where}"
            slots = [each for each in self.slots if each.definition.name == problem.name]
            here = [each.key for each in slots if not each.pod or each.pod in problem.pods]
            for key in here:
                self.add_error(key, message)
            if not here:
                self.add_error(None, f"{problem.name}: {message}")

    def upon(self, stored: Stored) -> ValuesForm:
        """Return the same input on what is stored now: fields that the user did not touch show the stored values."""
        data = QueryDict(mutable=True)
        data[VERSION] = str(stored.version.number)
        for slot in self.slots:
            now = "" if slot.definition.secret else written(value_of(stored, slot.definition.name, slot.pod))
            data[f"initial-{slot.key}"] = now
            data[slot.key] = self.cleaned_data[slot.key] if slot.key in self.changed_data else now
            if self.cleaned_data.get(TAKE_BACK + slot.key):
                data[TAKE_BACK + slot.key] = "on"
        return ValuesForm(self.slots, stored, data)

    def _value(self, slot: Slot) -> Any:
        text = self.cleaned_data[slot.key]
        return read(slot.definition, text) if text else None


def _field(slot: Slot, value: Any) -> forms.Field:
    definition = slot.definition
    options: dict[str, Any] = {"required": False, "label": slot.label, "help_text": _help(slot)}
    if definition.secret:
        attributes = {"autocomplete": "off", "placeholder": "set" if value is not None else slot.otherwise}
        return forms.CharField(widget=forms.PasswordInput(attrs=attributes), **options)
    now = written(value)
    options |= {"initial": now, "show_hidden_initial": True}
    choices = ("yes", "no") if isinstance(definition.default, bool) else definition.choices
    if choices:
        # What cannot be used is shown all the same: nobody takes it back without knowing.
        shown = [*choices, *([now] if now and now not in choices else [])]
        return forms.ChoiceField(choices=[("", slot.otherwise), *((each, each) for each in shown)], **options)
    is_long = isinstance(definition.default, str) and (definition.most or 0) > LONG_TEXT
    attributes = {"placeholder": slot.otherwise, "autocomplete": "off"}
    widget = forms.Textarea(attrs={"rows": 2, **attributes}) if is_long else forms.TextInput(attrs=attributes)
    return forms.CharField(widget=widget, **options)


def _help(slot: Slot) -> str:
    definition = slot.definition
    if slot.pod:
        return ""
    templated = "{pod_id} and {region} are replaced with each pod's values." if definition.templated else ""
    secret = "The stored value is not shown. Leave empty to keep it." if definition.secret else ""
    return " ".join(each for each in (definition.description, bounds(definition), templated, secret) if each)
