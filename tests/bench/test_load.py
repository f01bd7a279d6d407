from __future__ import annotations

import socket
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.arrivals import Arrivals, added, kept_up
from bench.cpu import cpu_seconds, resident_bytes
from bench.exceptions import AnswersWrong, NotMeasurable
from bench.load import Load, generate, get, is_complete
from bench.measure import Subject, interleaved, middle, ratio
from bench.processes import running
from bench.stub_pod import answer, owner
from cluster.family import family

PODS = ["pod_us0", "pod_us1"]
LEARN = "/api/v4/pods/learn?method=GET&path_info=/my-company/my-project"


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@pytest.fixture(name="stub")
def _stub(tmp_path: Path) -> Iterator[tuple[int, int]]:
    port = free_port()
    command = [sys.executable, "-m", "bench.stub_pod", ",".join(PODS), str(port)]
    with running(command, port=port, log=tmp_path / "stub.log") as pid:
        yield port, pid


def test_it_sends_so_many_requests_and_counts_the_answers(stub: tuple[int, int]) -> None:
    load = Load("127.0.0.1", stub[0], [get("/a/b"), get(LEARN)], connections=3, seconds=10, count=50)
    answers = generate(load)
    assert answers.count == 50
    assert answers.statuses == {200: 50}
    assert len(answers.latencies) == 50
    answers.expect(200)
    with pytest.raises(AnswersWrong, match="expected only 201"):
        answers.expect(201)


def test_it_ends_when_its_time_is_over(stub: tuple[int, int]) -> None:
    assert generate(Load("127.0.0.1", stub[0], [get("/a")], connections=1, seconds=0.05)).seconds < 5


def test_requests_arrive_at_a_rate(stub: tuple[int, int]) -> None:
    load = Load("127.0.0.1", stub[0], [get("/a")], connections=4, seconds=0.2, rate=500)
    answers = generate(load)
    assert answers.statuses == {200: 100}
    # The last one is due after 99 intervals.
    assert answers.seconds >= 99 / 500


def test_a_request_that_is_late_counts_from_when_it_was_due() -> None:
    """One connection, to somebody who takes ten times as long for an answer as the next request does to come."""

    def answer_slowly(listener: socket.socket) -> None:
        client, _ = listener.accept()
        with client:
            while client.recv(65536):
                time.sleep(0.01)
                client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=answer_slowly, args=(listener,))
        thread.start()
        port = listener.getsockname()[1]
        answers = generate(Load("127.0.0.1", port, [get("/a")], connections=1, seconds=0.01, rate=1000))
        thread.join()
    assert answers.count == 10
    assert max(answers.latencies) >= 10 * 0.01 - 9 / 1000


def test_what_a_proxy_adds_is_the_difference_within_each_round() -> None:
    direct = [Arrivals(100, 200, 2000), Arrivals(300, 900, 2000), Arrivals(100, 200, 1990)]
    proxied = [Arrivals(150, 280, 2000), Arrivals(360, 1000, 1500), Arrivals(170, 290, 1500)]
    assert added(proxied, direct, lambda turn: turn.p50) == 60
    assert added(proxied, direct, lambda turn: turn.p99) == 90
    assert kept_up({"direct": direct}, 2000) == ""
    assert kept_up({"direct": direct, "router, hit": proxied}, 2000) == (
        "Fewer than 2,000 answers a second: router, hit (1,500)."
    )


def test_an_answer_is_complete_with_its_length_or_its_last_chunk() -> None:
    assert is_complete(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    assert not is_complete(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok")
    assert not is_complete(b"HTTP/1.1 200 OK\r\nContent-")
    assert not is_complete(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n")
    assert is_complete(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n")


def test_a_stub_pod_tells_the_same_owner_for_all_of_a_prefix() -> None:
    said = answer(LEARN.encode(), PODS)
    assert f'"pod": "{owner("/my-company/other", PODS)}"'.encode() in said
    assert b'X-Gitlab-Pod-Cache: {"path_prefix": "/my-company/"}' in said


def test_cpu_time_grows_with_work(stub: tuple[int, int]) -> None:
    port, pid = stub
    before = cpu_seconds(family(pid))
    generate(Load("127.0.0.1", port, [get("/a")], connections=1, seconds=10, count=200))
    assert cpu_seconds(family(pid)) > before
    assert resident_bytes(pid) > 1_000_000


def test_a_process_that_is_gone_cannot_be_measured() -> None:
    with pytest.raises(NotMeasurable):
        cpu_seconds([])


def test_what_does_not_answer_is_shown_with_its_log(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "raise SystemExit('no such thing')"]
    with pytest.raises(NotMeasurable, match="no such thing"), running(command, port=free_port(), log=tmp_path / "log"):
        pass


def test_subjects_are_measured_turn_by_turn(stub: tuple[int, int]) -> None:
    port, pid = stub
    turns: list[tuple[str, int]] = []

    def subject(name: str) -> Subject:
        def load(number: int) -> Load:
            turns.append((name, number))
            return Load("127.0.0.1", port, [get("/a")], connections=1, seconds=10, count=20)

        return Subject(name, load, {"stub": pid})

    class Here:
        def send(self, load: Load) -> object:
            return generate(load)

    samples = interleaved([subject("one"), subject("other")], Here(), rounds=2)  # type: ignore[arg-type]
    assert turns == [(name, number) for number in range(3) for name in ("one", "other")]
    assert [len(samples[name]) for name in ("one", "other")] == [2, 2]
    assert ratio(samples["one"], samples["one"], lambda sample: sample.cpu) == 1
    assert middle(samples["one"], lambda sample: sample.parts["stub"]) > 0
