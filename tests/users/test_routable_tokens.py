"""The form of GitLab's routable tokens: what one says, its checksum, and what is refused without a question."""

from __future__ import annotations

import re
import string
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.db import connections
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from users.models import TOKEN_PREFIX, PersonalAccessToken, User
from users.routable_tokens import LONGEST, PayloadTooLarge, base36, checksum_of, has_the_shape, is_whole, make, said_by

# Of GitLab's own tests, of a runner.
OF_GITLAB = "glrtr-W5m1cHR6skC98Bx7XkuYjmM6MQpnOjgKbzpyegp0OjIQ.01.181uebm4k"
FORM = re.compile(r"glpat-[A-Za-z0-9_-]{27,300}\.01\.[0-9a-z]{2}[0-9a-z]{7}")
numbers = st.integers(0, 2**63 - 1)


def test_one_of_gitlab_is_read_as_it_reads_it() -> None:
    assert is_whole(OF_GITLAB, "glrtr-")
    assert said_by(OF_GITLAB, "glrtr-") == {"c": 1, "g": 8, "o": 1007, "t": 2}


@pytest.mark.parametrize("of_the_handbook", ["bzoxd_Rb5_cHeWe1JH56wr2FCBA.0r1pum4t4"])
def test_the_checksum_is_that_of_the_handbook(of_the_handbook: str) -> None:
    assert checksum_of(of_the_handbook[:-7]) == of_the_handbook[-7:]


@given(o=numbers, u=numbers)
def test_it_says_what_it_was_made_with(o: int, u: int) -> None:
    token = make(TOKEN_PREFIX, {"u": u, "o": o})
    assert FORM.fullmatch(token)
    assert has_the_shape(token)
    assert said_by(token, TOKEN_PREFIX) == {"o": o, "u": u}


def test_the_longest_fits() -> None:
    token = make("x" * 20, dict.fromkeys("cgoptu", 2**63 - 1))
    assert is_whole(token, "x" * 20)
    assert len(token) <= LONGEST == 333


def test_no_two_are_equal() -> None:
    assert len({make(TOKEN_PREFIX, {"o": 1, "u": 1}) for _ in range(100)}) == 100


def test_it_says_nothing_else() -> None:
    with pytest.raises(ValueError, match="no letters"):
        make(TOKEN_PREFIX, {"x": 1})
    with pytest.raises(PayloadTooLarge):
        make(TOKEN_PREFIX, {"o": 36**160})


@given(number=st.integers(0, 2**80))
def test_base36_is_what_python_reads(number: int) -> None:
    assert int(base36(number) or "0", 36) == number


@given(token=st.builds(lambda o, u: make(TOKEN_PREFIX, {"o": o, "u": u}), numbers, numbers), data=st.data())
def test_no_change_of_a_letter_goes_unnoticed(token: str, data: Any) -> None:
    at = data.draw(st.integers(0, len(token) - 1))
    letter = data.draw(st.sampled_from(string.ascii_letters + string.digits + "-_.").filter(lambda x: x != token[at]))
    assert not is_whole(token[:at] + letter + token[at + 1 :], TOKEN_PREFIX)


@given(text=st.text(max_size=400))
def test_no_text_is_one_by_chance(text: str) -> None:
    assert not is_whole(text, TOKEN_PREFIX)


@pytest.fixture
def mia() -> User:
    return User.objects.using("users").create(username="mia", email="mia@example.com", password=make_password("secret"))


@pytest.mark.django_db(databases=["users", "users_replica"])
def test_a_token_says_whose_it_is_and_of_which_organization(mia: User) -> None:
    assert said_by(PersonalAccessToken.issue(mia, "a"), TOKEN_PREFIX) == {"o": 1, "u": mia.pk}
    assert said_by(PersonalAccessToken.issue(mia, "a", organization_id=36), TOKEN_PREFIX) == {"o": 36, "u": mia.pk}


@pytest.mark.django_db(databases=["users", "users_replica"])
def test_a_wrong_checksum_costs_no_query(mia: User) -> None:
    token = PersonalAccessToken.issue(mia, "laptop")
    wrong = token[:-1] + ("0" if token[-1] != "0" else "1")
    other_version = token.replace(".01.", ".02.")
    longer = make(TOKEN_PREFIX, {"o": 1, "u": mia.pk})[:-9] + "zz" + token[-7:]
    with (
        CaptureQueriesContext(connections["users"]) as primary,
        CaptureQueriesContext(connections["users_replica"]) as replica,
    ):
        for text in (wrong, other_version, longer, f"x{token}", "glpat-" + "a" * 400):
            assert PersonalAccessToken.user_of(text) is None
    assert [*primary, *replica] == []
    assert PersonalAccessToken.user_of(token) == mia


@pytest.mark.django_db(databases=["users", "users_replica"])
@pytest.mark.parametrize("old", ["glpat-demo-mia", "glpat-" + "aB3_-" * 8 + "xyz", "glpat-a.b"])
def test_old_tokens_go_on_working(mia: User, old: str) -> None:
    digest = PersonalAccessToken.digest_of(old)
    PersonalAccessToken.objects.using("users").create(user=mia, name="old", digest=digest, scope="api")
    assert PersonalAccessToken.user_of(old) == mia


@pytest.mark.django_db(databases=["users", "users_replica"])
def test_what_a_payload_says_decides_nothing(mia: User) -> None:
    """Somebody else's number, with a right checksum: nobody's."""
    PersonalAccessToken.issue(mia, "laptop")
    assert PersonalAccessToken.user_of(make(TOKEN_PREFIX, {"o": 1, "u": mia.pk})) is None
