"""Rasa's channel, without Rasa: the same HTTP contract (test_engine_contract.py holds both to it)."""

import json
import socket
import threading
import time
from collections import defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

NEEDED = {
    "turn": ("conversation", "id", "text"),
    "note": ("conversation", "id", "text", "note"),
    "click": ("conversation", "sku"),
    "like": ("conversation", "sku"),
    "sentiment": ("text",),
}
SENDERS = ("customer", "staff", "system")


class FakeEngine:
    """Answers turns; can be stopped and started on its port, slow, or broken."""

    def __init__(self, token: str, port: int = 0) -> None:
        self.token, self.port = token, port
        self.turns: list[dict] = []  # done, each once
        self.requests = 0
        self.clicks: list[str] = []
        self.notes: list[dict] = []  # what was said while staff had the conversation
        self.likes: list[tuple[str, int]] = []
        self.shows: dict[str, list[dict]] = {}  # text -> the cards of its answer
        self.asks: dict[str, list[dict]] = {}  # text -> what the assistant then asks of staff
        self.languages: dict[str, str] = {}  # text -> the language it is answered in
        self.connections: list[socket.socket] = []
        self.delay = 0.0
        self.broken = False
        self.done: dict[str, list] = {}
        self.locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self.start()

    def start(self) -> None:
        engine = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                super().setup()
                engine.connections.append(self.connection)

            def _send(self, status: int, body: object) -> None:
                data = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def do_GET(self) -> None:
                self._send(200, {"status": "ok"})

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if self.headers["Authorization"] != f"Bearer {engine.token}":
                    return self._send(401, {})
                needed = NEEDED[self.path.rpartition("/")[2]]
                if not all(str(body.get(name) or "").strip() for name in needed):
                    return self._send(422, {})
                if self.path.endswith("/click"):
                    engine.clicks.append(body["sku"])
                    return self._send(200, {})
                if self.path.endswith("/like"):
                    engine.likes.append((body["sku"], body["value"]))
                    return self._send(200, {})
                if self.path.endswith("/sentiment"):
                    return self._send(200, {"sentiment": {"label": "positive", "score": 0.7}})
                if self.path.endswith("/note"):
                    if body["note"] not in SENDERS:
                        return self._send(400, {})
                    if body["id"] not in {note["id"] for note in engine.notes}:
                        engine.notes.append(body)
                    return self._send(200, {})
                engine.requests += 1
                if engine.broken:
                    return self._send(500, {})
                with engine.locks[body["conversation"]]:  # turns of one follow each other
                    if body["id"] not in engine.done:
                        time.sleep(engine.delay)
                        engine.turns.append(body)
                        engine.done[body["id"]] = engine.reply(body)
                asked: dict[str, Any] = {}
                if "person" in body["text"]:
                    asked["handoff"] = {"at": time.time(), "reason": body["text"]}
                if "@" in body["text"]:
                    email = body["text"].split()[-1]
                    ticket = {"kind": "ticket", "reference": f"R-{body['id'][:16]}"}
                    asked["requests"] = [{**ticket, "at": time.time(), "email": email}]
                if body["text"].startswith("erase"):
                    email = body["text"].partition(" ")[2]
                    asked = {"erasure": {"at": time.time(), "email": email}}
                if body["text"] in engine.asks:
                    asked["requests"] = engine.asks[body["text"]]
                language = engine.languages.get(body["text"], "en")
                answer = {"messages": engine.done[body["id"]], "language": language, "requests": []}
                self._send(200, {**answer, "seen": {"fallback": False}, **asked})

            def log_message(self, *_) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        for connection in self.connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)  # those that were kept alive, too
            except OSError:
                pass  # closed by the other side
        self.connections.clear()

    def reply(self, turn: dict) -> list[dict]:
        products = []
        if "jacket" in turn["text"]:
            products = [
                {"sku": "J1", "title": "Storm <b>Jacket</b>", "brand": "Nordvale", "price": "€120", "image": "pictures/J1.svg", "url": "", "reason": "In navy, in stock", "in_stock": True, "stock_note": "Only 2 left"},
                {"sku": "J2", "title": "City Jacket", "brand": "Varen", "price": "€60", "image": "", "url": "", "reason": "In red", "in_stock": True, "stock_note": ""},
            ]  # fmt: skip
        products = self.shows.get(turn["text"], products)
        buttons = [{"title": "Cheaper", "payload": '/refine_search{"price_change": "lower"}'}]
        said: dict[str, Any] = {"text": f"You said: {turn['text']}", "buttons": buttons}
        said |= {"products": products, "card": None}
        if "stars" in turn["text"]:
            said["card"] = {"kind": "stars", "question": "How was it?", "max": 5}
        if turn["text"].startswith("copy"):
            said["card"] = {"kind": "copy", "email": turn["text"].partition(" ")[2]}
        return [{"id": f"{turn['id']}:0", **said}]
