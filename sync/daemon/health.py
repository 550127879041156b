"""Answer `/healthz`, `/readyz` and `/metrics` over HTTP for systemd, containers and Prometheus."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from prometheus_client import CONTENT_TYPE_LATEST

from sync import logs

PORTS_TRIED = 20

log = logs.get("health")

# Returns whether all is well, and the facts behind it.
Check = Callable[[], tuple[bool, Mapping[str, object]]]


class HealthServer:
    """Serve the endpoint from a thread of its own. `port` is the one that was free."""

    def __init__(
        self, host: str, port: int, *, alive: Check, ready: Check, metrics: Callable[[], bytes]
    ) -> None:
        self._http = _bind(host, port, _handler(alive, ready, metrics))
        self.port = int(self._http.server_address[1])
        self._thread = threading.Thread(
            target=self._http.serve_forever,
            kwargs={"poll_interval": 0.1},
            name="health",
            daemon=True,
        )
        if port not in (0, self.port):
            log.warning("health port is taken; using another", wanted=port, port=self.port)
        self._thread.start()

    def close(self) -> None:
        """Stop serving and free the port."""
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


class _QuietServer(ThreadingHTTPServer):
    daemon_threads = True
    # On POSIX a port that somebody listens on stays taken. One on which only answered scrapes wait
    # to be forgotten (a minute) is free: without this a restarted daemon came back on the next
    # port, where neither Prometheus nor a probe looks.
    allow_reuse_address = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing about a client that hung up."""


def _bind(host: str, port: int, handler: type[BaseHTTPRequestHandler]) -> ThreadingHTTPServer:
    """Return a server on the port, on one of the next when it is taken, else on any free one."""
    candidates = range(port, min(port + PORTS_TRIED, 65536)) if port else range(0)
    for candidate in candidates:
        try:
            return _QuietServer((host, candidate), handler)
        except OSError:
            continue
    return _QuietServer((host, 0), handler)


def _handler(
    alive: Check, ready: Check, metrics: Callable[[], bytes]
) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        server_version = "crossdock"
        sys_version = ""

        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            if path == "/metrics":
                self._answer(HTTPStatus.OK, metrics(), CONTENT_TYPE_LATEST)
            elif path in ("/healthz", "/readyz"):
                good, facts = (alive if path == "/healthz" else ready)()
                body = json.dumps({"ok": good, **facts}).encode() + b"\n"
                status = HTTPStatus.OK if good else HTTPStatus.SERVICE_UNAVAILABLE
                self._answer(status, body, "application/json")
            else:
                self._answer(HTTPStatus.NOT_FOUND, b"/healthz /readyz /metrics\n", "text/plain")

        def _answer(self, status: HTTPStatus, body: bytes, kind: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's
            """Keep probes out of the log."""

    return Handler
