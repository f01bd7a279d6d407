"""Every bound of a router in one place: sizes in bytes, times in the unit of the name."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """What one router holds, takes and waits for, per worker process."""

    prefixes: int = 1_000_000
    exacts: int = 100_000
    # Entries of the partition for what clients can make up: absent names, odd spellings, answers not used twice.
    small: int = 20_000
    # Of callers, for paths that belong to the organization of the caller. A longer credential is not remembered.
    credentials: int = 50_000
    credential_life_seconds: int = 60
    longest_credential_bytes: int = 2048
    # An entry from a pod's response, or from a misrouted answer, which both carry no life of their own.
    life_seconds: int = 300
    # Pods say the same of their paths with every page: for so long after one did, the router does not listen.
    confirmed_seconds: int = 60
    longest_life_seconds: int = 3600
    # How long after its end an entry may serve while learn cannot be reached.
    stale_seconds: int = 600
    # After three failures of learn in a row.
    quiet_seconds: int = 2

    learn_ms: int = 1500
    learn_try_ms: int = 400
    # So often as stands below, a host that swallows what it is sent costs a request less than four seconds.
    connect_seconds: float = 0.55
    # A pod closes an idle connection after 10 s; a request on its way then could not be sent again.
    pod_idle_seconds: int = 5

    # A larger body can be sent only once, so the router asks learn again instead of trusting the cache.
    buffer_bytes: int = 256 * 1024
    # What the buffer holds has to be here after this long.
    arrival_seconds: int = 45
    # A larger body has these seconds, and then one more for as many bytes as stand below.
    body_seconds: int = 10
    body_bytes_per_second: int = 8 * 1024
    longest_body_seconds: int = 3600
    headers_kib: int = 32
    headers_count: int = 100
    headers_seconds: int = 10
    # From the end of a request to the first byte of its response. Longer than a pod waits for its databases; what
    # writes may have more to do. Where several pods can answer, the next one is asked sooner.
    first_byte_seconds: float = 10
    first_byte_of_write_seconds: float = 60
    first_byte_of_many_seconds: float = 3
    # Between two bytes of one exchange, server-sent events included.
    idle_seconds: int = 300
    connection_idle_seconds: int = 120
    connections: int = 10_000
    # Each may hold a whole buffer.
    streams_per_connection: int = 32
    # Of connections and buffers; the cache comes on top. Near it Envoy ends the streams that hold most.
    heap_bytes: int = 512 * 1024 * 1024
    requests_per_pod: int = 2048
    # A pod that has not answered a question about its liveness after this time, twice in a row, gets no requests.
    liveness_seconds: float = 2
    waiting_for_learn: int = 2048
    waiting_concealed: int = 4096
    waiting_fenced: int = 2048

    # How long a request waits before it is sent again to a pod that fences its organization, each time.
    fenced_ms: tuple[int, ...] = (15, 45, 100, 200)
    # Of one request: all of these waits and the hops to other pods, or attempts to connect.
    retries: int = 6

    # A pod names the time budget of a concealed response; beyond these bounds the first one holds.
    conceal_ms: int = 150
    least_conceal_ms: int = 10
    longest_conceal_ms: int = 5000
