"""What clients cannot say, cannot reach, and cannot make the router do."""

from __future__ import annotations

import json
import socket
import stat

import h2.config
import h2.connection
import h2.events
import pytest

from router import config
from router.secrets import RouterSecretMissing, Secrets
from tests.router.running import SECRETS, RunningRouter, eventually
from tests.router.stubs import Answer, Owned, Seen, StubCluster

FORGED = {
    "X-Gitlab-Router-Secret": "forged",
    "X-Gitlab-Raw-Path": "/admin",
    "X-Gitlab-Pod-Epoch": "99",
    "X-Gitlab-Pod-Target": "pod_us0",
    "X-Gitlab-Pod-Moved": '{"path": "/forged", "pod": "pod_us0"}',
    "X-Gitlab-Pod-Redirect": '{"path": "/forged", "pod": "pod_us0"}',
    "X-Gitlab-Router-Cache": "stale",
    "X-Gitlab-Router-Hops": "7",
    "X-Gitlab-Router-Tried": "pod_us0",
    "X-Gitlab-Router-Learned": "7",
    "X-Gitlab-Router-Client": "192.0.2.9",
    "X-Gitlab-Router-Chunked": "chunked",
    "X-Gitlab-Learn-Secret": "forged",
    "X-Request-Start": "t=0",
    "X-Envoy-Retry-On": "5xx",
    "X-Envoy-Max-Retries": "9",
    "X-Envoy-Upstream-Rq-Timeout-Ms": "1",
    "X-Envoy-Fault-Delay-Request": "1",
    "X_Gitlab_Raw_Path": "/admin",
    "X_Gitlab_Router_Secret": "forged",
}


def told(router: RunningRouter, target: str, **headers: str) -> Seen:
    """What the pod saw."""
    response = router.send("GET", target, headers=headers)
    return Seen(**{key: value for key, value in response.json.items() if key != "pod"})


def test_headers_of_the_inside_come_from_the_inside_only(router: RunningRouter, stubs: StubCluster) -> None:
    stubs.owned["/trusted"] = Owned("pod_eu0", epoch=3)
    honest = told(router, "/trusted/1")
    seen = told(router, "/trusted/1", **FORGED)
    names = {name.lower() for name in FORGED}
    assert seen.header("x-gitlab-router-secret") == SECRETS.router
    assert seen.header("x-gitlab-raw-path") == "/trusted/1"
    assert seen.header("x-gitlab-pod-epoch") == "3"
    assert seen.header("x-gitlab-pod-target") == "pod_eu0"
    assert seen.header("x-gitlab-router-cache") == "hit"
    assert seen.header("x-gitlab-router-client") == "127.0.0.1"
    assert {name for name, _ in seen.headers} & names <= {name for name, _ in honest.headers}
    assert "forged" not in json.dumps(seen.headers)
    assert stubs.learns == [{"method": "GET", "path_info": "/trusted/1"}]


@pytest.mark.parametrize(
    "target", ["/raw/a%2Fb", "/raw//c/", "/raw/%41%zz%", "/raw/a;b=c,d&e", "/raw/v1...v2", '/raw/"|^{}']
)
def test_the_raw_path_is_the_clients_own_bytes(router: RunningRouter, stubs: StubCluster, target: str) -> None:
    stubs.owned["/raw"] = Owned("pod_eu0")
    request = f"GET {target}?query=%2F HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode("latin-1")
    seen = router.raw(request).json
    assert seen["target"] == f"{target}?query=%2F"
    assert ["x-gitlab-raw-path", target] in seen["headers"]


@pytest.mark.parametrize(
    "target",
    ["/api/v4/pods/learn?method=GET&path_info=/x", "/api/v4/pods%2flearn", "/api/v4//pods/LEARN", "/-/metrics"],
)
@pytest.mark.parametrize("method", ["GET", "POST", "HEAD", "OPTIONS"])
def test_the_clusters_own_endpoints_are_404(
    router: RunningRouter, stubs: StubCluster, target: str, method: str
) -> None:
    assert router.send(method, target).status == 404
    assert [pod.served for pod in stubs.pods.values()] == [[], [], [], []]


@pytest.mark.parametrize(
    "target",
    ["/a/../admin", "/a/%2e%2e/admin", "/./x", "/a/.%2E", "/%00", "//evil.example", "/" + "a" * 4096, "/x/.."],
)
def test_what_learn_refuses_is_refused_at_the_edge(router: RunningRouter, stubs: StubCluster, target: str) -> None:
    response = router.get(target)
    assert (response.status, response.json["field"]) == (400, "path_info")
    assert response["location"] is None
    assert stubs.learns == []


@pytest.mark.parametrize(
    ("line", "status"),
    [
        (b"GET /\x00 HTTP/1.1", 400),
        (b"GET noslash HTTP/1.1", 400),
        (b"GET /<script> HTTP/1.1", 400),
        (b'GET /quotes?a="b" HTTP/1.1', 400),
        ("GET /unescaped-\u00e9 HTTP/1.1".encode(), 400),
        (b"GET  HTTP/1.1", 400),
        (b"CONNECT evil.example:443 HTTP/1.1", 400),
        (b"G\x01T / HTTP/1.1", 400),
        (b"NONSENSE-METHOD / HTTP/1.1", 400),
        (b"GET / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked", 400),
        (b"GET / HTTP/1.1\r\nContent-Length: -1", 400),
        (b"GET / HTTP/1.1\r\nBad Header: x", 400),
    ],
)
def test_malformed_requests_never_reach_a_pod(
    router: RunningRouter, stubs: StubCluster, line: bytes, status: int
) -> None:
    answer = router.raw(line + b"\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert answer.status == status
    assert [pod.served for pod in stubs.pods.values()] == [[], [], [], []]


def test_a_version_that_does_not_exist_is_served_as_http_1_0(router: RunningRouter, stubs: StubCluster) -> None:
    """Envoy takes all that is not 1.1 for 1.0; what a pod gets is HTTP/1.1 in any case."""
    answer = router.raw(b"GET / HTTP/9.9\r\nHost: x\r\n\r\n")
    assert (answer.status, answer["connection"]) == (200, "close")


def test_an_absolute_target_chooses_no_upstream(router: RunningRouter, stubs: StubCluster) -> None:
    stubs.owned["/absolute"] = Owned("pod_eu0")
    answer = router.raw(
        b"GET http://evil.example:8100/absolute HTTP/1.1\r\nHost: other.example\r\nConnection: close\r\n\r\n"
    )
    seen = answer.json
    assert (seen["pod"], seen["target"]) == ("pod_eu0", "/absolute")


def test_learn_cannot_send_requests_elsewhere(router: RunningRouter, stubs: StubCluster) -> None:
    async def poisoned(seen: Seen) -> Answer:
        return Answer(
            200, {"cache-control": "max-age=60"}, b'{"path": "/poison", "pod": "evil.example:80", "source": "routable"}'
        )

    for pod in stubs.pods.values():
        pod.learn = poisoned
    assert router.debug("/poison/x")["x-gitlab-pod"] == "pod_us0"


def test_what_tells_pods_apart_is_stripped(router: RunningRouter, stubs: StubCluster) -> None:
    stubs.owned |= {"/same-a": Owned("pod_eu0", epoch=1, prefix="/same-a/"), "/same-b": Owned("pod_us1")}
    names = [[name.lower() for name, _ in router.get(path).headers] for path in ("/same-a", "/same-b")]
    assert names == [["content-type", "content-length", "date"]] * 2
    assert router.get("/same-a")["date"] != "Thu, 01 Jan 1970 00:00:00 GMT"


def test_the_routing_is_shown_for_the_right_token_only(router: RunningRouter, stubs: StubCluster) -> None:
    stubs.owned["/shown"] = Owned("pod_eu0")
    shown = (
        "x-gitlab-pod",
        "x-gitlab-router-cache",
        "x-gitlab-router-hops",
        "x-gitlab-router-learned",
        "x-gitlab-router-target",
    )
    response = router.debug("/shown")
    assert [response[name] for name in shown] == ["pod_eu0", "miss", "1", "1", "pod_eu0"]
    for headers in ({}, {"X-Gitlab-Debug-Token": "wrong"}, {"X-Gitlab-Debug-Token": ""}):
        response = router.send("GET", "/shown", headers=headers)
        assert [response[name] for name in shown] == [None] * len(shown)


def test_secrets_are_readable_by_their_owner_only(router: RunningRouter) -> None:
    for path in (router.files.bootstrap, router.files.clusters, router.files.routes):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(router.files.routes.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(router.places.envoy_admin("eu").stat().st_mode) == 0o600


def test_a_secret_is_rotated_while_the_router_runs(router: RunningRouter, stubs: StubCluster) -> None:
    stubs.owned["/rotated"] = Owned("pod_eu0")
    router.get("/rotated")
    eu = router.topology.routers["eu"]
    config.write(router.topology, eu, router.places, Secrets("new%secret"), limits=router.limits)
    eventually(lambda: told(router, "/rotated").header("x-gitlab-router-secret") == "new%secret")
    assert len(stubs.learns) == 1
    config.write(router.topology, eu, router.places, SECRETS, limits=router.limits)
    eventually(lambda: told(router, "/rotated").header("x-gitlab-router-secret") == SECRETS.router)


def test_a_router_needs_a_secret() -> None:
    class Environment:
        router_secrets = ()
        learn_secret = None
        debug_token = None

    with pytest.raises(RouterSecretMissing, match="PODS_ROUTER_SECRETS"):
        Secrets.of(Environment())


@pytest.mark.parametrize("target", ["/quitquitquit", "/config_dump", "/stats/../quitquitquit", "/", "/-/metrics/x"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_statistics_listener_shows_nothing_else(router: RunningRouter, target: str, method: str) -> None:
    assert router.statistics(target, method=method)[0] == 404


def test_statistics_cannot_be_changed(router: RunningRouter) -> None:
    assert router.statistics("/-/metrics", method="POST")[0] == 404
    assert router.statistics("/-/readiness")[0] == 200


def test_bytes_that_no_target_has_are_refused_over_http2_too(router: RunningRouter, stubs: StubCluster) -> None:
    """A pod's server would drop a raw path with such a byte, and take the request for one that no router sent."""
    connection = h2.connection.H2Connection(h2.config.H2Configuration(validate_outbound_headers=False))
    connection.initiate_connection()
    pseudo = {b":method": b"GET", b":scheme": b"http", b":authority": b"pods", b":path": b"/gr\xc3\xbcn"}
    connection.send_headers(1, list(pseudo.items()), end_stream=True)
    with socket.create_connection(("127.0.0.1", router.ports["people"]), timeout=10) as client:
        client.sendall(connection.data_to_send())
        statuses: list[bytes] = []
        while not statuses:
            events = connection.receive_data(client.recv(65536))
            found = [dict(each.headers) for each in events if isinstance(each, h2.events.ResponseReceived)]
            statuses = [headers[b":status"] for headers in found]
    assert statuses == [b"400"]
