"""A small proxy that passes bytes on to a server, late, or until it cuts every connection."""

import socket
import threading
import time


class Cutter:
    """Listens on a port of its own; `cut()` breaks what is open, `refuse` keeps new ones out."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.refuse = False
        self.delay = 0.0  # seconds before each piece is passed on
        self.holds_streams_after: int | None = (
            None  # pieces of a chat's stream that are let through
        )
        self.cuts = 0
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Break all connections, in the middle of whatever they carry."""
        with self._lock:
            broken, self._open = self._open, set()
        for one in broken:
            self._end(one)
        self.cuts += 1

    def close(self) -> None:
        """Stop."""
        self._listener.close()
        self.cut()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            if self.refuse:
                self._end(near)
                continue
            far = socket.create_connection(("127.0.0.1", self._port))
            with self._lock:
                self._open |= {near, far}
            asked: list[bytes] = []  # the last request on this connection
            for source, target in ((near, far), (far, near)):
                work = (source, target, asked, source is near)
                threading.Thread(target=self._pass_on, args=work, daemon=True).start()

    def _pass_on(
        self, source: socket.socket, target: socket.socket, asked: list[bytes], asks: bool
    ) -> None:
        passed = 0
        try:
            while piece := source.recv(65536):
                time.sleep(self.delay)
                if asks:
                    asked[:] = [piece[:200]]
                elif asked and asked[0].startswith(b"GET /chat/stream"):
                    passed += 1
                    if self.holds_streams_after is not None and passed > self.holds_streams_after:
                        continue
                target.sendall(piece)
        except OSError:
            pass  # cut
        self._end(source)
        self._end(target)

    def _end(self, one: socket.socket) -> None:
        with self._lock:
            self._open.discard(one)
        try:
            one.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # it was closed already
        one.close()
