"""A server of one text on this machine, which may lie, stall or end early."""

import contextlib
import http.server
import threading
from collections.abc import Callable, Iterator
from typing import NamedTuple


class Server(NamedTuple):
    """Where it is, and what was asked of it."""

    url: str
    paths: list[str]


Answer = Callable[[http.server.BaseHTTPRequestHandler, threading.Event], None]


@contextlib.contextmanager
def serving(answer: Answer) -> Iterator[Server]:
    """Answers every request so; the event is set when the server has to stop."""
    paths: list[str] = []
    stop = threading.Event()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            paths.append(self.path)
            # The other side may have gone away, as it should.
            with contextlib.suppress(ConnectionError):
                answer(self, stop)

        def log_message(self, *args: object) -> None:
            """Nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.02}
    )
    thread.start()
    try:
        host, port = server.server_address[:2]
        yield Server(f"http://{host!s}:{port}/text.txt", paths)
    finally:
        stop.set()
        server.shutdown()
        server.server_close()
        thread.join()


def head(
    handler: http.server.BaseHTTPRequestHandler, length: int | None, status: int = 200
) -> None:
    """The head of an answer that says it is so long, or says nothing of that."""
    handler.send_response(status)
    if length is not None:
        handler.send_header("Content-Length", str(length))
    handler.end_headers()
