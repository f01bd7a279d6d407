"""How forms are rendered: `{{ form }}` in a template renders all of its fields."""

from __future__ import annotations

from typing import Any

from django.forms.renderers import DjangoTemplates


class FormRenderer(DjangoTemplates):
    """`FORM_RENDERER` of the settings: labels above, help below, and what is wrong beside the field it is about."""

    form_template_name = "pods/form.html"

    def render(self, template_name: str, context: dict[str, Any], request: Any = None) -> str:
        """Render a widget without `maxlength`, at which browsers cut what is pasted, without a word.

        The form says what is too long.
        """
        if "widget" in context:
            attributes = {name: value for name, value in context["widget"]["attrs"].items() if name != "maxlength"}
            context = {**context, "widget": {**context["widget"], "attrs": attributes}}
        return super().render(template_name, context, request)
