"""No form lets a browser cut what people paste: what is too long is refused in words."""

from __future__ import annotations

from django import forms
from django.conf import settings


class Form(forms.Form):
    name = forms.CharField(max_length=5, min_length=2, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    text = forms.CharField(max_length=5, widget=forms.Textarea)


def test_no_field_has_a_maxlength() -> None:
    form = Form({"name": "abcdef", "text": "abcdef"})
    shown = str(form)
    assert "maxlength" not in shown
    assert 'autocomplete="off"' in shown
    assert shown.count("Ensure this value has at most 5 characters (it has 6).") == 2


def test_no_template_has_a_maxlength() -> None:
    templates = [path for path in settings.BASE_DIR.glob("[!.]*/**/*.html") if "templates" in path.parts]
    assert len(templates) > 50
    assert [path for path in templates if "maxlength" in path.read_text()] == []
