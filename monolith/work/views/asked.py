"""What a query asks of the list of issues or merge requests, under GitLab's names."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db.models import Exists, OuterRef, QuerySet, Value
from django.db.models.functions import Lower
from django.http import HttpRequest

from monolith.namespaces.keyset import ByNumber, Ordered, by_state
from monolith.namespaces.models import Project
from monolith.namespaces.places import Place
from monolith.work.models import TARGET, Issue, LabelLink
from users.lookup import named

OPENED, CLOSED, ALL = "opened", "closed", "all"
STATE_OF: dict[str, str] = {OPENED: Issue.State.OPEN, CLOSED: Issue.State.CLOSED}
NEWEST, OLDEST = "created_date", "created_asc"
LONGEST = 255
MOST_OFFERED = 100
_DEFAULTS = {"state": OPENED, "sort": NEWEST}


@dataclass(frozen=True)
class Asked:
    """A state, people, a label, a milestone and an order."""

    state: str = OPENED
    author_username: str = ""
    assignee_username: str = ""
    label_name: str = ""
    milestone_title: str = ""
    sort: str = NEWEST

    @classmethod
    def of(cls, request: HttpRequest) -> Asked:
        """Return what a request asks; for what it does not say, and for words that mean nothing, the default."""
        given = {name: request.GET.get(name, "").strip() for name in cls.__dataclass_fields__}
        known = {"state": {OPENED, CLOSED, ALL}, "sort": {NEWEST, OLDEST}}
        said = {
            name: value
            for name, value in given.items()
            if value and "\0" not in value and len(value) <= LONGEST and (name not in known or value in known[name])
        }
        return cls(**said)

    @property
    def query(self) -> str:
        """The query that asks the same, without what is the default."""
        return urlencode({name: value for name, value in asdict(self).items() if value != _DEFAULTS.get(name, "")})

    @property
    def is_narrowed(self) -> bool:
        """Whether it asks for anything but a state and an order."""
        return replace(self, state=OPENED, sort=NEWEST) != Asked()

    def with_state(self, state: str) -> str:
        """Return the query that asks for another state."""
        return replace(self, state=state).query

    def narrowed(self, rows: QuerySet[Any], project: Project) -> QuerySet[Any]:
        """Return the rows of every state that are asked for."""
        for column, username in (("author_id", self.author_username), ("assignee_id", self.assignee_username)):
            if username:
                user = named(username).first()
                rows = rows.filter(**{column: user.pk if user else 0})
        if self.label_name:
            about = TARGET[rows.model]
            links = LabelLink.objects.alias(key=Lower("label__name")).filter(
                key=Lower(Value(self.label_name)), label__project=project, **{about: OuterRef("pk")}
            )
            rows = rows.filter(Exists(links))
        if self.milestone_title:
            rows = rows.filter(milestone__project=project, milestone__title=self.milestone_title)
        return rows

    def ordered(self, rows: QuerySet[Any]) -> Ordered[Any]:
        """Return the rows in the state and order that are asked for; of every state, open ones are first."""
        rising = self.sort == OLDEST
        if self.state != ALL:
            return ByNumber(rows.filter(state=STATE_OF[self.state]), "iid", rising)
        return ByNumber(rows, "iid", rising) if rising else by_state(rows, STATE_OF.values(), "iid")

    def form(self, place: Place[Project]) -> FilterForm:
        """Return the form that asks this, to change it."""
        return FilterForm(place, initial=asdict(self))


class FilterForm(forms.Form):
    """What a list may be narrowed to."""

    author_username = forms.CharField(label="Author", required=False)
    assignee_username = forms.CharField(label="Assignee", required=False)
    label_name = forms.ChoiceField(label="Label", required=False)
    milestone_title = forms.ChoiceField(label="Milestone", required=False)
    sort = forms.ChoiceField(label="Order", choices=[(NEWEST, "Newest first"), (OLDEST, "Oldest first")])
    state = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, place: Place[Project], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        for name in ("author_username", "assignee_username"):
            self.fields[name].widget.attrs |= {"list": "people", "autocapitalize": "none", "autocomplete": "off"}
        project = place.entity
        self._offer("label_name", project.labels.order_by(Lower("name")).values_list("name", flat=True))
        self._offer("milestone_title", project.milestones.order_by("title").values_list("title", flat=True))

    def _offer(self, field: str, names: QuerySet[Any, str]) -> None:
        """Offer these, and the one that is asked for; nothing where there is none."""
        offered = [*names[:MOST_OFFERED]]
        if not offered:
            del self.fields[field]
            return
        asked = self.initial[field]
        others = [asked] if asked and asked not in offered else []
        self.fields[field].choices = [("", "Any"), *((each, each) for each in others + offered)]  # type: ignore[attr-defined]
