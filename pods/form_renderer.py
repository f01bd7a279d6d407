"""How forms are rendered: `{{ form }}` in a template renders all of its fields."""

from __future__ import annotations

from django.forms.renderers import DjangoTemplates


class FormRenderer(DjangoTemplates):
    """`FORM_RENDERER` of the settings: labels above, help below, and what is wrong beside the field it is about."""

    form_template_name = "pods/form.html"
