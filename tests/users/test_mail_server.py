"""The variables of the mail server: what is wrong is said by name, and no secret is printed."""

from __future__ import annotations

from pathlib import Path

import pytest

from settings.environment import EnvironmentInvalid, read_environment


@pytest.fixture(autouse=True)
def host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PODS_SMTP_HOST", "mail.example.com")


def problem() -> str:
    with pytest.raises(EnvironmentInvalid) as caught:
        read_environment()
    return str(caught.value)


def test_the_password_comes_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hunter2\n")
    monkeypatch.setenv("PODS_SMTP_PASSWORD_FILE", str(tmp_path / "secret"))
    found = read_environment()
    assert (found.smtp_password, found.smtp_port, found.smtp_security) == ("hunter2", 587, "starttls")


def test_a_file_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PODS_SMTP_PASSWORD_FILE", str(tmp_path / "nothing"))
    assert "PODS_SMTP_PASSWORD_FILE cannot be read" in problem()
    assert "nothing" in problem()


def test_of_two_passwords_neither_is_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hunter2\n")
    monkeypatch.setenv("PODS_SMTP_PASSWORD_FILE", str(tmp_path / "secret"))
    monkeypatch.setenv("PODS_SMTP_PASSWORD", "hunter3")
    assert "not both" in problem()
    assert "hunter" not in problem()


def test_no_password_is_sent_in_clear(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PODS_SMTP_PASSWORD", "hunter2")
    monkeypatch.setenv("PODS_SMTP_SECURITY", "none")
    assert "use starttls or tls" in problem()
    assert "hunter" not in problem()


def test_a_wrong_value_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PODS_SMTP_PORT", "70000")
    assert "PODS_SMTP_PORT: '70000'" in problem()
