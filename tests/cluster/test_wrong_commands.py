"""What was typed, set or stopped wrongly is told in words that say what to do, not in a traceback."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import get_commands

import manage
from tests.running_cluster import COMMAND_SECONDS, DEMO, RunningCluster
from topology.places import CHECKOUT

pytestmark = pytest.mark.slow


def refusal(cluster: RunningCluster, *arguments: str, pod: str | None = None) -> str:
    """What a command that must fail says."""
    done = cluster.manage(*arguments, pod=pod)
    assert done.returncode in {1, 2}, done.stdout
    assert "Traceback" not in done.stderr
    return done.stderr


@pytest.mark.parametrize("command", ["cluster status", "check", "learn GET /", "router config --region us"])
def test_every_command_says_what_is_wrong_with_the_topology(folder: Path, command: str) -> None:
    broken = folder / "broken.toml"
    broken.write_text(DEMO.read_text().replace('legacy_pod = "pod_us0"', 'legacy_pod = "pod_x"'))
    cluster = RunningCluster(folder, environment={"PODS_TOPOLOGY": str(broken)})
    told = refusal(cluster, *command.split())
    assert told == f"{broken}: legacy_pod: there is no pod 'pod_x'; use one of: pod_us0, pod_us1, pod_eu0, pod_eu1\n"


def test_an_offset_that_leaves_the_range_of_ports_is_told(folder: Path) -> None:
    told = refusal(RunningCluster(folder), "cluster", "up", "--port-offset", "70000")
    assert told == "port offset 70000: moves 127.0.0.1:8100 outside of 1 to 65535; choose a smaller offset\n"


@pytest.mark.parametrize("command", ["routes", "version", "cluster logs"])
def test_a_reader_that_goes_away_is_no_error(folder: Path, command: str) -> None:
    cluster = RunningCluster(folder)
    cluster.places.logs.mkdir(parents=True)
    (cluster.places.logs / "pod_us0.log").write_text("a line\n" * 9)
    process = subprocess.Popen(
        [sys.executable, "manage.py", *command.split()],
        env=cluster.environment, cwd=CHECKOUT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    with process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        assert process.wait(COMMAND_SECONDS) == 141
        assert process.stderr.read() == ""


def test_a_wrong_variable_is_named(folder: Path) -> None:
    cluster = RunningCluster(folder, environment={"PODS_BLOCKING_THREADS": "many"})
    assert refusal(cluster, "cluster", "status").startswith("PODS_BLOCKING_THREADS: 'many'")


@pytest.mark.parametrize("command", ["cluster migrate", "cluster migrate --plan", "demo", "cluster lag eu 1s"])
def test_servers_that_are_not_up_are_told(folder: Path, command: str) -> None:
    told = refusal(RunningCluster(folder), *command.split())
    assert "cannot be used: it is not running" in told
    assert f"See which database servers run with: PODS_DATA={folder} manage.py cluster status" in told


def test_a_pods_own_command_tells_it_too(folder: Path) -> None:
    assert "manage.py cluster status" in refusal(RunningCluster(folder), "janitor", pod="pod_us0")


@pytest.mark.parametrize(
    "command", ["cluster up", "cluster up --detach", "cluster reset --yes", "router config --region us --write"]
)
def test_a_folder_that_cannot_be_used_is_told(folder: Path, command: str) -> None:
    file = folder / "file"
    file.touch()
    cluster = RunningCluster(folder, environment={"PODS_DATA": str(file), "PODS_ROUTER_SECRETS": "x"})
    assert refusal(cluster, *command.split()).endswith(" cannot be used: not a directory.\n")


@pytest.mark.parametrize("command", ["logs --lines -1", "status --seconds -1", "migrate --wait nan"])
def test_impossible_numbers_are_refused(folder: Path, command: str) -> None:
    assert "for example" in refusal(RunningCluster(folder), "cluster", *command.split())


def test_hints_name_the_cluster_that_is_meant(folder: Path) -> None:
    cluster = RunningCluster(folder)
    told = refusal(cluster, "cluster", "stop", "pod_eu0")
    up = f"PODS_DATA={folder} manage.py cluster up --port-offset {cluster.topology.port_offset}"
    assert told.endswith(f"start it with: {up}\n")


def test_reset_without_a_terminal_changes_nothing(folder: Path) -> None:
    cluster = RunningCluster(folder)
    done = subprocess.run(
        [sys.executable, "manage.py", "cluster", "reset"],
        env=cluster.environment, cwd=CHECKOUT, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=COMMAND_SECONDS, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr == "CommandError: confirmation is needed but there is no terminal; add --yes to skip it\n"


def test_ctrl_c_ends_a_command_without_a_traceback(folder: Path) -> None:
    cluster = RunningCluster(folder)
    cluster.places.logs.mkdir(parents=True)
    (cluster.places.logs / "pod_us0.log").write_text("a line\n")
    # A child inherits it when whoever runs the tests ignores the signal, as a shell does for its background.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    process = subprocess.Popen(
        [sys.executable, "manage.py", "cluster", "logs", "--follow"],
        env=cluster.environment, cwd=CHECKOUT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    signal.signal(signal.SIGINT, before)
    with process:
        assert process.stdout
        assert process.stderr
        assert "a line" in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(COMMAND_SECONDS) == 130
        assert process.stderr.read() == ""


COMMANDS_THAT_NEED_MORE = [
    "admin",
    "admin appoint",
    "cluster",
    "cluster lag",
    "learn",
    "move",
    "move abort",
    "organization",
    "organization create",
    "router",
    "router config",
    "settings",
    "settings set",
    "trace",
]


@pytest.mark.parametrize("command", COMMANDS_THAT_NEED_MORE)
def test_a_command_that_needs_more_prints_its_help(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    monkeypatch.setattr(sys, "argv", ["manage.py", *command.split()])
    with pytest.raises(SystemExit) as ended:
        manage._execute()
    assert ended.value.code == 0
    printed = capsys.readouterr()
    assert printed.out.startswith(f"usage: manage.py {command} ")
    assert printed.err == ""


def test_these_are_all_commands_that_need_more() -> None:
    ours = {name for name, app in get_commands().items() if (CHECKOUT / str(app).replace(".", "/")).is_dir()}
    assert {name for name in ours if manage._needs_help([name])} == {
        each.split()[0] for each in COMMANDS_THAT_NEED_MORE
    }


@pytest.mark.parametrize("command", ["check", "cluster status", "makemigrations", "routes", "settings list"])
def test_a_command_that_needs_no_more_runs(command: str) -> None:
    assert not manage._needs_help(command.split())


def test_a_command_of_djangos_on_no_database_names_the_databases(folder: Path) -> None:
    told = refusal(RunningCluster(folder), "migrate", pod="pod_us0")
    assert told.startswith("'migrate' works on one database; name it with --database: users, users_replica, routes, ")
    assert told.endswith("Migrations of all databases are applied with: manage.py cluster migrate\n")


@pytest.mark.parametrize("options", [[], ["--noinput", "--username", "root"]])
def test_createsuperuser_says_what_to_run(folder: Path, options: list[str]) -> None:
    told = refusal(RunningCluster(folder), "createsuperuser", *options)
    assert told.endswith("Create an administrator with: manage.py admin create\n")
