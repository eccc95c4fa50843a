"""How gunicorn serves the webhooks and the console; `aftercell web` uses it. WEB_CONCURRENCY sets the processes."""

import os

from flask import Flask

from service.app import go_live
from service.web.context import EXTENSION

bind = f"0.0.0.0:{os.environ.get('AFTERCELL_PORT', '8000')}"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
# A request waits for PostgreSQL most of its time. Each thread may hold a connection: PostgreSQL's max_connections must
# be more than workers x threads x hosts, and what the workers need besides.
worker_class = "gthread"
threads = 8
# The lexicons of all languages take seconds to load: once, and a worker that died is replaced at once.
preload_app = True
# Twilio gives up after 15 s; whoever hangs longer is better replaced.
timeout = 60
# On SIGTERM what has been accepted is answered.
graceful_timeout = 30
# Longer than a load balancer keeps an idle connection, or it would send into one that is being closed.
keepalive = 75
# Addresses of the patients' carrier and of staff are nobody's business; structured logs say what happened.
accesslog = None
# Nobody may command it by a socket in a home directory.
control_socket_disable = True


def post_worker_init(worker: object) -> None:
    """Each worker begins what does not survive the fork."""
    app = getattr(worker, "wsgi", None)
    if isinstance(app, Flask) and EXTENSION in app.extensions:
        go_live(app)
