"""A TCP server on loopback that starts at once, ends with its test and leaves no thread behind.

Does not belong here: any protocol, faults, and what a stand-in remembers.
"""

import contextlib
import select
import socket
import ssl
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from socketserver import BaseRequestHandler, ThreadingTCPServer
from types import TracebackType
from typing import Any, Self

CERTIFICATE = Path(__file__).with_name("certificate.pem")
"""What clients must trust (``SSL_CERT_FILE``): it names localhost and 127.0.0.1, and is worth nothing elsewhere."""
_KEY = Path(__file__).with_name("certificate-key.pem")


def server_context() -> ssl.SSLContext:
    """The TLS settings of a stand-in."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE, _KEY)
    return context


def client_context() -> ssl.SSLContext:
    """The TLS settings of a client that trusts the stand-ins."""
    return ssl.create_default_context(cafile=CERTIFICATE)


class LoopbackServer(ThreadingTCPServer):
    """A thread for each connection. ``stop`` ends them all, and raises what went wrong in the stand-in itself."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, handler: Callable[[Any, Any, Any], BaseRequestHandler], port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), handler)
        self.stopping = threading.Event()
        self._sockets: dict[threading.Thread, socket.socket] = {}
        self._unexpected: list[Exception] = []
        self._accepting = threading.Thread(
            target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True, name=type(self).__name__
        )

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self.server_address[1])

    def start(self) -> Self:
        """Accept connections from now on."""
        self._accepting.start()
        return self

    def stop(self) -> None:
        """End every connection. Raises ExceptionGroup if the stand-in itself failed."""
        self.stopping.set()
        if self._accepting.is_alive():
            self.shutdown()
            self._accepting.join()
        self.server_close()
        for thread, connection in list(self._sockets.items()):
            self.cut(connection)
            thread.join(timeout=5)
        if self._unexpected:
            raise ExceptionGroup(
                f"{type(self).__name__} failed", [e for e in self._unexpected if isinstance(e, Exception)]
            )

    def __enter__(self) -> Self:
        return self if self._accepting.is_alive() else self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    @staticmethod
    def cut(connection: socket.socket) -> None:
        """End a connection under the feet of whoever reads or writes it."""
        with contextlib.suppress(OSError):  # it may be gone already
            # not SSLSocket's own, which would pull the TLS state away from the thread that reads
            socket.socket.shutdown(connection, socket.SHUT_RDWR)

    def follow(self, connection: socket.socket) -> None:
        """Let ``stop`` end this socket for the present thread: TLS has taken the place of the one that was accepted."""
        self._sockets[threading.current_thread()] = connection

    def wait_for_the_end(self, connection: socket.socket) -> None:
        """Say nothing until the client goes away or writes again, or the server stops."""
        while not self.stopping.is_set() and not select.select([connection], [], [], 0.05)[0]:
            pass

    def process_request(self, request: Any, client_address: Any) -> None:
        thread = threading.Thread(target=self._serve, args=(request, client_address), daemon=True)
        self._sockets[thread] = request
        thread.start()

    def _serve(self, request: Any, client_address: Any) -> None:
        try:
            self.process_request_thread(request, client_address)
        finally:
            self._sockets.pop(threading.current_thread(), None)

    def handle_error(self, request: Any, client_address: Any) -> None:
        error = sys.exc_info()[1]
        # a client that goes away, is killed or mistrusts the certificate is no fault of the stand-in
        if isinstance(error, Exception) and not isinstance(error, OSError):
            self._unexpected.append(error)
