"""The rules of learn's answers, one by one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from admin_settings.in_force import in_force
from organizations.models import Organization
from routing.absent import pod_of_absent
from tests.databases import ALIASES
from tests.routing.asking import answer_of
from tests.routing.conftest import MY_PROJECT

pytestmark = [pytest.mark.django_db(databases=ALIASES), pytest.mark.usefixtures("routes")]


def test_the_widest_prefix_is_the_top_level_namespace() -> None:
    answer = answer_of("pod_us0", "/gitlab-org/gitlab-test/-/issues")
    assert (answer.path, answer.prefix) == ("/gitlab-org/gitlab-test", "/gitlab-org")


def test_an_exact_answer_has_no_prefix() -> None:
    answer = answer_of("pod_us0", "/-/profile")
    assert (answer.exact, answer.prefix) == (True, None)


def test_private_foreign_and_absent_projects_get_the_same_answer() -> None:
    names = ("my-project", "my-other-project", "nothing")
    answers = {answer_of("pod_us0", f"/my-company/{name}")[:10] for name in names}
    assert len(answers) == 1


def test_an_absent_name_looks_like_a_present_one() -> None:
    absent, present = answer_of("pod_us0", "/nobody/x/-/issues"), answer_of("pod_us0", "/makers/x/-/issues")
    assert (absent.path, absent.prefix, absent.exact) == ("/nobody/x", "/nobody", False)
    assert (present.path, present.prefix, present.exact) == ("/makers/x", "/makers", False)


def test_absent_names_are_drawn_alike_by_all_pods_and_spellings() -> None:
    spellings = ("/nobody", "/Nobody/x", "/nobody.keys", "/groups/nobody", "/v2/nobody/x", "/api/v4/groups/nobody%2Fx")
    drawn = {answer_of(pod, path).pod for path in spellings for pod in ("pod_us0", "pod_eu1")}
    assert len(drawn) == 1


def test_absent_names_are_spread_over_all_pods() -> None:
    drawn = Counter(pod_of_absent("name", f"nobody-{number}") for number in range(4000))
    assert set(drawn) == {"pod_us0", "pod_us1", "pod_eu0", "pod_eu1"}
    assert min(drawn.values()) > 800


def test_a_deleted_organization_is_as_absent() -> None:
    for path in ("/closed-company/secret", "/organizations/closed-organization/-/dashboard"):
        assert answer_of("pod_us0", path).source == "unknown"
        assert answer_of("pod_us0", path).epoch is None


@pytest.mark.parametrize("name", ["old-company", "buried-company", "coming-company"])
def test_every_kind_of_row_leads_to_its_owner(name: str) -> None:
    assert answer_of("pod_us0", f"/{name}/x").pod == "pod_eu0"


def test_a_word_of_the_next_release_goes_to_the_latest_pod() -> None:
    answer = answer_of("pod_eu0", "/next-word/x")
    assert (answer.source, answer.pod, answer.exact) == ("unknown", "pod_us0", True)


def test_an_answer_by_an_organization_has_its_epoch(routes: dict[str, Organization]) -> None:
    answer = answer_of("pod_us0", f"/api/v4/projects/{MY_PROJECT}")
    assert answer.epoch == 1
    assert answer.organization_id == routes["my-organization"].pk


def test_only_the_first_pod_of_the_region_is_a_preference() -> None:
    assert answer_of("pod_eu1", "/users/sign_in").preference
    assert not answer_of("pod_eu1", "/admin").preference
    assert not answer_of("pod_eu1", "/admin/pods/pod_eu0").preference


def test_what_may_change_soon_is_remembered_for_seconds() -> None:
    assert answer_of("pod_us0", "/my-company").max_age == in_force().learn_routable_seconds
    assert answer_of("pod_us0", "/nobody").max_age == in_force().learn_absent_seconds
    assert answer_of("pod_us0", "/-/brand-new-endpoint").max_age == in_force().learn_unknown_seconds


@pytest.mark.parametrize(
    ("setting", "path"),
    [
        ("learn_routable_seconds", "/my-company"),
        ("learn_public_seconds", "/dashboard"),
        ("learn_fixed_seconds", "/users/sign_in"),
        ("learn_any_seconds", "/-/health"),
        ("learn_absent_seconds", "/nobody"),
        ("learn_unknown_seconds", "/-/brand-new-endpoint"),
    ],
)
def test_for_how_long_is_a_setting(setting: str, path: str, steer: Callable[..., None]) -> None:
    steer(**{setting: 77})
    assert answer_of("pod_us0", path).max_age == 77


def test_a_non_ascii_letter_is_no_ascii_letter_in_another_case() -> None:
    assert answer_of("pod_us0", "/mak%E2%84%AArs").source == "unknown"
    assert answer_of("pod_us0", "/MA%4BERS").pod == "pod_eu1"


def test_fresh_asks_the_primary() -> None:
    assert answer_of("pod_us0", "/my-company").alias == "routes_replica"
    assert answer_of("pod_us0", "/my-company", fresh=True).alias == "routes"


def test_what_no_row_can_be_asks_no_database() -> None:
    for path in ("/dashboard", "/my-company%2Fx", "/gr%C3%BCn", "/" + "a" * 256, f"/api/v4/projects/{2**63}"):
        assert answer_of("pod_us0", path).alias == ""
