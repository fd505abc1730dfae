"""Pages of other people's: what shop systems, frameworks and careful banks put around the widget."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Site:
    """Another origin. `pages[path]` is its HTML, in which {line} stands for the widget's line."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.pages: dict[str, str] = {}
        self.headers: dict[str, str] = {}
        self.url = ""

    def line(self, **attributes: str) -> str:
        """The widget's one line, with data- attributes."""
        data = "".join(f' data-{name}="{value}"' for name, value in attributes.items())
        return f'<script src="{self.base}/widget/loader.js"{data} async></script>'

    def page(self, path: str, body: str, head: str = "", **attributes: str) -> str:
        """Put up a page, with the widget's line at its end; returns its address."""
        self.pages[path] = (
            f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A shop</title>'
            f'<meta name="viewport" content="width=device-width, initial-scale=1">'
            f'<link rel="icon" href="data:,">{head}</head>'
            f"<body>{body}{self.line(**attributes)}</body></html>"
        )
        return self.url + path


@contextmanager
def served(base: str) -> Iterator[Site]:
    """A site that embeds the widget of the web process at `base`."""
    site = Site(base)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            text = site.pages.get(self.path.partition("?")[0])
            data = (text or "nothing").encode()
            self.send_response(200 if text else 404)
            for name, value in site.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        site.url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield site
        server.shutdown()
