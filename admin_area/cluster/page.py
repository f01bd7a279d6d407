"""`/admin/cluster`: regions side by side, in each the router over the pods over the databases."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from admin_area.cluster.cards import columns, summary
from admin_area.cluster.watch import surveyor
from admin_area.site import shared_area
from operations.survey import Facts, SurveyLate

RETRY_SECONDS = 1


def page(request: HttpRequest) -> HttpResponse:
    """The page; it is refreshed by `live.js`."""
    try:
        shown, status = _shown(surveyor().facts()), 200
    except SurveyLate as error:
        shown, status = {"late": str(error)}, 503
    context = {**shared_area.each_context(request), "title": "Cluster", **shown}
    return render(request, "admin_area/cluster.html", context, status=status)


def as_json(request: HttpRequest) -> HttpResponse:
    """The facts, and `picture` and `summary` for the page."""
    try:
        facts = surveyor().facts()
    except SurveyLate as error:
        return JsonResponse({"message": str(error)}, status=503, headers={"Retry-After": str(RETRY_SECONDS)})
    picture = render_to_string("admin_area/cluster_picture.html", _shown(facts), request)
    return JsonResponse({**facts.as_json, "summary": summary(facts), "picture": picture})


def _shown(facts: Facts) -> dict[str, object]:
    return {"facts": facts, "columns": columns(facts), "summary": summary(facts)}
