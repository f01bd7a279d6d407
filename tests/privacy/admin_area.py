"""The Admin Area for the matrix: administrators see its pages; to everybody else none of them exists."""

from __future__ import annotations

from tests.privacy.visitors import ADMINISTRATORS, Page

SHARED_LISTS = ("users", "tokens", "memberships")
POD_LISTS = ("groups", "projects", "runners", "jobs")
POD = "pod_eu0"


def _lists(pattern: str, path: str, names: tuple[str, ...]) -> dict[str, list[Page]]:
    """Each list, and the page of a row that is not there."""
    lists = {f"{pattern}/{name}": [Page(f"{path}/{name}", ADMINISTRATORS)] for name in names}
    rows = {f"{pattern}/{name}/<segment:object_id>": [Page(f"{path}/{name}/999999")] for name in names}
    return lists | rows


ADMIN_AREA: dict[str, list[Page]] = {
    "/admin": [Page("/admin", ADMINISTRATORS)],
    "/admin/jsi18n": [Page("/admin/jsi18n", ADMINISTRATORS)],
    "/admin/pods/<pod:pod>": [Page(f"/admin/pods/{POD}", ADMINISTRATORS)],
    "/admin/pods/<pod:pod>/jsi18n": [Page(f"/admin/pods/{POD}/jsi18n", ADMINISTRATORS)],
    **_lists("/admin", "/admin", SHARED_LISTS),
    **_lists("/admin/pods/<pod:pod>", f"/admin/pods/{POD}", POD_LISTS),
}
