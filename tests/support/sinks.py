"""Receive notifications as a mail server and a web service would, and keep what came."""

from __future__ import annotations

import json
import threading
from email import message_from_bytes
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import Any


class _Mails(StreamRequestHandler):
    """Speak as much of RFC 5321 as a mail takes."""

    server: _MailServer

    def handle(self) -> None:
        self._say("220 sink")
        for line in self.rfile:
            word = line[:4].strip().upper()
            if word == b"DATA":
                self._say("354 go on")
                self.server.keep(b"".join(iter(self.rfile.readline, b".\r\n")))
            self._say("221 bye" if word == b"QUIT" else "250 fine")
            if word == b"QUIT":
                return

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


class _MailServer(ThreadingTCPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Mails)
        self.mails: list[tuple[str, str]] = []

    def keep(self, content: bytes) -> None:
        mail = message_from_bytes(content.replace(b"\r\n..", b"\r\n."), policy=default)
        body = mail.get_body(("plain",))
        assert body is not None
        self.mails.append((str(mail["Subject"]), str(body.get_content()).strip()))


class MailSink:
    """Run an SMTP server on a free port, and keep (subject, text) of what comes."""

    def __init__(self) -> None:
        self._server = _MailServer()
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )
        self._thread.start()

    @property
    def url(self) -> str:
        """Return the address in apprise's form."""
        return f"mailto://127.0.0.1:{self.port}?from=crossdock@example.org&to=duty@example.org"

    def take(self) -> list[tuple[str, str]]:
        """Return what came since the last call."""
        came, self._server.mails = self._server.mails, []
        return came

    def close(self) -> None:
        """Stop."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class WebSink:
    """Run an HTTP server on a free port; `posts` holds the JSON documents that came."""

    def __init__(self) -> None:
        self.posts: list[dict[str, Any]] = []
        self.is_broken = False
        sink = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                text = self.rfile.read(int(self.headers["Content-Length"]))
                if not sink.is_broken:
                    sink.posts.append(json.loads(text))
                self.send_response(503 if sink.is_broken else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Keep quiet."""

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = int(self._http.server_address[1])
        self._thread = threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )
        self._thread.start()

    @property
    def url(self) -> str:
        """Return the address in apprise's form; the token is a secret."""
        return f"json://127.0.0.1:{self.port}/hooks/s3cret-token"

    def take(self) -> list[tuple[str, str]]:
        """Return title and text of what came since the last call."""
        came, self.posts = self.posts, []
        return [(post["title"], post["message"]) for post in came]

    def close(self) -> None:
        """Stop."""
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()
