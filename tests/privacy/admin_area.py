"""The Admin Area for the matrix: administrators see its pages; to everybody else none of them exists."""

from __future__ import annotations

from tests.privacy.visitors import ADMINISTRATORS, Page

POD = "pod_eu0"
# Each list, with the acts that a row's page offers.
SHARED_LISTS = {
    "users": ("deactivate", "activate", "sign_out", "home", "appoint", "dismiss"),
    "tokens": ("revoke",),
    "memberships": ("role",),
    "organizations": ("name",),
    "names": ("free",),
    "audit": (),
    "setting-changes": (),
    "moves": ("rehearse", "cutover", "pause", "resume", "abort", "rollback", "finish"),
}
POD_LISTS = {
    "groups": ("rename", "delete", "transfer"),
    "projects": ("rename", "delete"),
    "runners": ("pause", "resume"),
    "jobs": (),
}


def _lists(pattern: str, path: str, lists: dict[str, tuple[str, ...]]) -> dict[str, list[Page]]:
    """Each list, and the pages of a row that is not there."""
    found = {f"{pattern}/{name}": [Page(f"{path}/{name}", ADMINISTRATORS)] for name in lists}
    for name, acts in lists.items():
        row = f"{name}/999999"
        found[f"{pattern}/{name}/<segment:object_id>"] = [Page(f"{path}/{row}")]
        for act in acts:
            address = f"{path}/{row}/{act}"
            found[f"{pattern}/{name}/<segment:object_id>/{act}"] = [Page(address), _asking_for_the_password(address)]
    return found


def _asking_for_the_password(address: str) -> Page:
    """What would change something: administrators are asked for their password before anything is looked for."""
    return Page(address, ADMINISTRATORS, method="POST")


ADMIN_AREA: dict[str, list[Page]] = {
    "/admin": [Page("/admin", ADMINISTRATORS)],
    "/admin/jsi18n": [Page("/admin/jsi18n", ADMINISTRATORS)],
    "/admin/cluster": [Page("/admin/cluster", ADMINISTRATORS)],
    "/admin/cluster.json": [Page("/admin/cluster.json", ADMINISTRATORS)],
    "/api/v4/admin/cluster": [Page("/api/v4/admin/cluster", ADMINISTRATORS, refused={"visitor": 401})],
    "/admin/names/reserve": [
        Page("/admin/names/reserve", ADMINISTRATORS),
        _asking_for_the_password("/admin/names/reserve"),
    ],
    "/admin/moves/start": [Page("/admin/moves/start", ADMINISTRATORS), _asking_for_the_password("/admin/moves/start")],
    "/admin/moves/<segment:object_id>/progress": [Page("/admin/moves/999999/progress")],
    "/admin/settings": [Page("/admin/settings", ADMINISTRATORS), _asking_for_the_password("/admin/settings")],
    "/admin/settings/<segment:name>": [
        Page("/admin/settings/session_hours", ADMINISTRATORS),
        _asking_for_the_password("/admin/settings/session_hours"),
        Page("/admin/settings/conceal_ms", ADMINISTRATORS),
        Page("/admin/settings/no_such_setting"),
    ],
    "/admin/pods/<pod:pod>": [Page(f"/admin/pods/{POD}", ADMINISTRATORS)],
    "/admin/pods/<pod:pod>/jsi18n": [Page(f"/admin/pods/{POD}/jsi18n", ADMINISTRATORS)],
    **_lists("/admin", "/admin", SHARED_LISTS),
    **_lists("/admin/pods/<pod:pod>", f"/admin/pods/{POD}", POD_LISTS),
}
