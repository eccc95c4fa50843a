"""A web application on a real socket, for as long as a test needs it."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

from flask import Flask
from werkzeug.serving import make_server


@contextmanager
def listening() -> Iterator[socket.socket]:
    """A port that is ours before the application is built, since the application must know it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


def port_of(listener: socket.socket) -> int:
    port: int = listener.getsockname()[1]
    return port


@contextmanager
def serving(app: Flask, listener: socket.socket) -> Iterator[None]:
    """Answer requests on the listener until the block ends, several at a time."""
    server = make_server("127.0.0.1", 0, app, threaded=True, fd=listener.fileno())
    # It looks for the end only that often.
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
