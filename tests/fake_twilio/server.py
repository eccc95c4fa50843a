"""The HTTP side of the fake: routes, sign-in, and the ways in which a connection can go wrong."""

import base64
import binascii
import json
import socket
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from tests.fake_twilio.faults import Fault, Manner
from tests.fake_twilio.records import ApiError, parse_form

Respond = Callable[[str, str, dict[str, str], tuple[str, str]], tuple[int, dict[str, object]]]
"""(method, path, parameters, login) -> status and JSON. Raises ApiError or Broken."""


class Broken(Exception):
    """No proper answer follows: what happens to the connection is up to the fault."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.manner)
        self.fault = fault


class Server(ThreadingHTTPServer):
    """Serves `respond` on 127.0.0.1; `close` cuts every open connection, so that nothing outlives a test."""

    daemon_threads = True
    block_on_close = False
    # Many workers connect at the same moment in a load test.
    request_queue_size = 128

    def __init__(self, port: int, respond: Respond, released: threading.Event) -> None:
        self.respond = respond
        self.released = released
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(("127.0.0.1", port), _Handler)
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()
        with self._lock:
            for connection in self._open:
                cut(connection)

    def register(self, connection: socket.socket) -> None:
        with self._lock:
            self._open.add(connection)

    def unregister(self, connection: socket.socket) -> None:
        with self._lock:
            self._open.discard(connection)


def cut(connection: socket.socket) -> None:
    """End a connection that may already be gone."""
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        # The other side was quicker.
        return


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Headers and body go out in two writes; without this the second waits 40 ms for the first one's receipt.
    disable_nagle_algorithm = True
    server: Server

    def setup(self) -> None:
        super().setup()
        self.server.register(self.connection)

    def finish(self) -> None:
        self.server.unregister(self.connection)
        super().finish()

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        self._respond(parts.path, parse_form(parts.query.encode()))

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        self._respond(urlsplit(self.path).path, parse_form(self.rfile.read(length)))

    def _respond(self, path: str, params: dict[str, str]) -> None:
        try:
            status, body = self.server.respond(self.command, path, params, self._login())
            self._answer(status, json.dumps(body), "application/json")
        except ApiError as error:
            self._answer(error.status, json.dumps(error.as_json()), "application/json", error.retry_after)
        except Broken as broken:
            self._break(broken.fault)

    def _break(self, fault: Fault) -> None:
        if fault.manner is Manner.NONSENSE:
            return self._answer(201, "<html>welcome to the hotel's network</html>", "text/html")
        if fault.manner is Manner.HANG:
            self.server.released.wait()
        self.close_connection = True
        return cut(self.connection)

    def _answer(self, status: int, body: str, content_type: str, retry_after: int | None = None) -> None:
        data = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(data)))
        if retry_after is not None:
            self.send_header("Retry-After", str(retry_after))
        self.end_headers()
        self.wfile.write(data)

    def _login(self) -> tuple[str, str]:
        scheme, _, encoded = self.headers.get("Authorization", "").partition(" ")
        try:
            user, _, password = base64.b64decode(encoded).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return "", ""
        return (user, password) if scheme == "Basic" else ("", "")

    def log_message(self, format: str, *args: object) -> None:
        """Nothing on the console: `fake.requests` has it all."""
