"""A shop on a disk of its own, with orders over HTTP, for things to go wrong with."""

import shutil
import subprocess
import threading
from http.server import ThreadingHTTPServer
from pathlib import Path

from bot.paths import REPOSITORY
from tests.actions.test_orders_backend import Service
from tests.stack import Stack


class Orders(ThreadingHTTPServer):
    """The shop's own orders over HTTP; `mood` is well, down, slow or rubbish."""

    daemon_threads = True

    def __init__(self) -> None:
        server = self
        order = {
            "number": "HF-10001", "email": "anna@example.com", "status": "paid", "items": [],
            "placed_at": "2026-11-20T10:00",
        }  # fmt: skip

        class Moody(Service):
            orders = {"HF-10001": order}

            def parse_request(self) -> bool:
                if server.mood == "slow":
                    server.patience.wait(server.seconds)
                if server.mood in ("down", "rubbish"):
                    self.wfile.write(b"" if server.mood == "down" else b"<html>?")
                    self.close_connection = True
                    return False
                return super().parse_request()

        self.mood, self.patience, self.seconds = "well", threading.Event(), 2.0
        super().__init__(("127.0.0.1", 0), Moody)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request: object, client_address: object) -> None:
        """Who asked has given up waiting: that is what is tried here."""


class Shop:
    """A shop on a small file system of its own, with orders over HTTP and models of its own."""

    def __init__(self, folder: Path) -> None:
        self.var = folder / "disk"
        self.var.mkdir()
        self.mounted = not subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=256m", "shoptalk-faults", str(self.var)],
            capture_output=True,
        ).returncode  # fmt: skip
        self.orders = Orders()
        self.models = folder / "models"
        shutil.copytree(REPOSITORY / "models", self.models)
        self.stack = Stack(
            folder / "shop", prepare=self._orders_over_http, SHOPTALK_VAR=str(self.var),
            SHOPTALK_MODELS=str(self.models), SHOPTALK_PROXIES="1", ORDERS_TOKEN="secret",
        )  # fmt: skip

    def _orders_over_http(self, folder: Path) -> None:
        path = folder / "shop.yml"
        source = (
            f"orders:\n  source: http\n  url: http://127.0.0.1:{self.orders.server_port}\n"
            "  token_env: ORDERS_TOKEN\n"
        )
        text = path.read_text(encoding="utf-8")
        begin, end = text.index("\norders:\n") + 1, text.index("\nhours:") + 1
        path.write_text(text[:begin] + source + text[end:], encoding="utf-8")

    def close(self) -> None:
        """Stop all, and give the disk back."""
        self.stack.stop()
        self.orders.shutdown()
        if self.mounted:
            subprocess.run(["umount", "-l", str(self.var)], check=True)
