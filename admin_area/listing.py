"""What every list of the Admin Area has in common: quick with a million rows, and nothing deleted or saved by itself.

Django's admin saves and deletes rows; here a row has parts in other schemas.
So rows are shown, and what can be done with them are `Act`s, which go through
the functions that pages use.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib.admin import ModelAdmin
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import URLPattern, reverse

from admin_area.acts import Act, act_page
from admin_area.keyset import Key, KeysetChangeList

if TYPE_CHECKING:
    from admin_area.site import Area

    RowAdmin = ModelAdmin[Any]
else:
    RowAdmin = ModelAdmin


class Listing(RowAdmin):
    """A list of rows, and a page for each."""

    admin_site: Area
    path: ClassVar[str]
    """Where the list is, below its area."""
    label: ClassVar[str]
    key: ClassVar[Key] = Key(descending=True)
    counted_as: ClassVar[str] = ""
    """What the first page of the area calls the number of rows; it does not count them without."""
    acts: ClassVar[Sequence[Act]] = ()
    """What can be done with a row."""
    list_acts: ClassVar[Sequence[Act]] = ()
    """What can be done without one."""
    parameters: ClassVar[frozenset[str]] = frozenset()
    """Of the query, beside those that all lists have."""

    actions = None
    show_full_result_count = False
    list_per_page = 50
    sortable_by = ()
    list_select_related: ClassVar[tuple[str, ...]] = ()
    # The search is `found`; Django only asks whether there is one.
    search_fields = ("pk",)
    change_list_template = "admin_area/list.html"
    change_form_template = "admin_area/row.html"

    def found(self, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        """The rows that a search finds, by an index: those whose key begins with the text, in any case."""
        return self.key.beginning(rows, text.lower())

    def counted_rows(self) -> QuerySet[Any]:
        """The rows that the first page of the area counts: all of them."""
        rows: QuerySet[Any] = self.model._default_manager.all()
        return rows

    def prepare(self, rows: Sequence[Model]) -> None:
        """Look up what the columns show of other schemas, for the whole page at once."""

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[KeysetChangeList]:
        """Pages by key."""
        return KeysetChangeList

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """All rows, in the order of the key."""
        return self.key.ordered(super().get_queryset(request))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """What `found` finds."""
        text = search_term.strip()
        return (self.found(queryset, text) if text else queryset), False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Refuse lookups from the query string: they could guess secrets and scan whole tables."""
        return lookup in self.parameters

    def has_add_permission(self, request: HttpRequest) -> bool:
        """No: names are claimed first."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """No: by acts."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """No: by acts."""
        return False

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Always: only administrators get here (`admin_area.access`)."""
        return True

    def has_module_permission(self, request: HttpRequest) -> bool:
        """As above."""
        return True

    def get_urls(self) -> list[URLPattern]:
        """The list, each row's page, and each act; named as Django's admin names them."""
        named = f"{self.opts.app_label}_{self.opts.model_name}"
        patterns: list[URLPattern] = [
            self.admin_site.route(self.path, self.changelist_view, f"{named}_changelist"),
            # Before rows, whose keys are numbers.
            *(
                self.admin_site.route(f"{self.path}/{act.name}", self._list_act_view(act), f"{named}_{act.name}")
                for act in self.list_acts
            ),
            self.admin_site.route(f"{self.path}/<segment:object_id>", self.change_view, f"{named}_change"),
        ]
        for act in self.acts:
            address = f"{self.path}/<segment:object_id>/{act.name}"
            patterns.append(self.admin_site.route(address, self._act_view(act), f"{named}_{act.name}"))
        return patterns

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> Any:
        """A row, with what can be done with it."""
        row = self.row(request, object_id)
        possible = [act for act in self.acts if act.applies(row)]
        shown = {**self.surroundings(), "title": str(row), "subtitle": None, "acts": possible, **(extra_context or {})}
        return super().change_view(request, object_id, form_url, shown)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """The row as its page shows it; None when there is none."""
        row = super().get_object(request, object_id, from_field)
        if row is not None:
            self.prepare([row])
        return row

    def row(self, request: HttpRequest, object_id: str) -> Any:
        """The row of a page; raises `Http404`."""
        found = self.get_object(request, object_id)
        if found is None:
            raise Http404(f"no {self.opts.verbose_name} {object_id}")
        return found

    def address(self) -> str:
        """Of the list, on this pod."""
        return self._reversed("changelist")

    def address_of(self, row: Model) -> str:
        """Of a row's page, on this pod."""
        return self._reversed("change", row.pk)

    def surroundings(self) -> dict[str, str]:
        """What a row's pages show of the list that it is in."""
        return {"label": self.label, "list_address": self.address()}

    def _reversed(self, view: str, *arguments: object) -> str:
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_{view}"
        return reverse(name, args=arguments, current_app=self.admin_site.name)

    def _act_view(self, act: Act) -> Any:
        def view(request: HttpRequest, object_id: str) -> HttpResponseBase:
            return act_page(self, request, act, self.row(request, object_id))

        return view

    def _list_act_view(self, act: Act) -> Any:
        def view(request: HttpRequest) -> HttpResponseBase:
            return act_page(self, request, act, None)

        return view

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """The list, with what can be done beside it."""
        return super().changelist_view(request, {"list_acts": self.list_acts, **(extra_context or {})})
