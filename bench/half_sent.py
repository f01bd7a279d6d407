"""A client that begins requests with large bodies and never ends them, as many as one HTTP/2 connection may carry."""

from __future__ import annotations

import socket

import h2.config
import h2.connection
import h2.exceptions

PIECE_BYTES = 16 * 1024
PATIENCE_SECONDS = 20
Headers = list[tuple[str, str]]


class HalfSent:
    """One connection with `bodies` streams, each with `size` of the bytes that its header announces."""

    def __init__(self, port: int, *, size: int, announced: int, most: int = 100) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS)
        self.http = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="utf-8"))
        self.http.initiate_connection()
        self._flush()
        self._hear()
        self.bodies = 0
        try:
            for _ in range(min(most, self.http.remote_settings.max_concurrent_streams)):
                self._begin(2 * self.bodies + 1, size, announced)
                self.bodies += 1
        except (h2.exceptions.ProtocolError, OSError):
            # The router ends streams, or the connection: that is what it is asked to do.
            return

    def close(self) -> None:
        """Leave without a word."""
        self.socket.close()

    def _begin(self, stream: int, size: int, announced: int) -> None:
        fields: Headers = [(":method", "POST"), (":scheme", "http"), (":authority", "x"), (":path", "/half-sent")]
        self.http.send_headers(stream, [*fields, ("content-length", str(announced))])
        while size:
            room = min(size, PIECE_BYTES, self.http.local_flow_control_window(stream))
            if room > 0:
                self.http.send_data(stream, b"x" * room)
                size -= room
            self._flush()
            if room <= 0:
                self._hear()

    def _hear(self) -> None:
        data = self.socket.recv(64 * 1024)
        if not data:
            raise ConnectionResetError
        self.http.receive_data(data)
        self._flush()

    def _flush(self) -> None:
        self.socket.sendall(self.http.data_to_send())
