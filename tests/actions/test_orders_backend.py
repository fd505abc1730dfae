"""One contract for all ways to look up orders: SQLite, HTTP, and the fake of the action tests."""

import json
import threading
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlparse

import pytest

from actions.order_backends import sqlite as orders_sqlite
from actions.order_backends.http import HttpOrders
from actions.order_backends.interface import (
    REQUESTS,
    STATUS_AFTER,
    NotPossible,
    Order,
    OrderItem,
    OrdersUnavailable,
)
from actions.order_backends.sqlite import SqliteOrders
from bot.checkout.order_file import numbers_in, read_orders
from bot.checkout.orders import open_orders
from tests.actions.fakes import FakeOrders

pytestmark = pytest.mark.anyio

CSV = """order_number,email,name,status,placed_at,items,total,currency,carrier,tracking,expected_at,delivered_at,note
HF-10001,Anna@Example.com,Anna,paid,2026-11-20T10:00,M1 x2|J1,149.00,EUR,,,2026-11-24,,
HF-10002,anna@example.com,Anna,shipped,2026-11-18T10:00,M1,14.50,EUR,DHL,T123,2026-11-22,,
HF-10003,tom@example.com,Tom,cancelled,2026-11-18T10:00,M1,14.50,EUR,,,,,
HF-10004,eva@example.com,Eva,delivered,2026-11-10T10:00,M1,14.50,EUR,DHL,T9,,2026-11-12,
"""


class Service(BaseHTTPRequestHandler):
    """The HTTP contract of docs/orders-api.md, as a shop would implement it."""

    orders: dict[str, dict] = {}
    failures = 0
    requests: list[tuple[str, str]] = []
    made: dict[str, tuple[str, str, str]] = {}

    def _send(self, status: int, body: object) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _order(self, email: str) -> dict | None:
        number = urlparse(self.path).path.split("/")[2]
        order = self.orders.get(number.upper())
        return order if order and order["email"] == email else None

    def _fails(self) -> bool:
        type(self).requests.append((self.command, self.path))
        if type(self).failures:
            type(self).failures -= 1
            self._send(503, {})
            return True
        if self.headers.get("Authorization") != "Bearer secret":
            self._send(401, {})
            return True
        return False

    def do_GET(self) -> None:
        if self._fails():
            return
        path, query = urlparse(self.path).path, parse_qs(urlparse(self.path).query)
        if path.strip("/") == "orders":
            mine = [one for one in self.orders.values() if one["email"] == query["email"][0]]
            return self._send(200, {"orders": mine})
        order = self._order(query["email"][0])
        self._send(200, order) if order else self._send(404, {})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self._fails():
            return
        order, key = self._order(body["email"]), self.headers["Idempotency-Key"]
        if order is None:
            return self._send(404, {})
        kind = body["kind"]
        made = self.made.get(key)
        if made and order["status"] == STATUS_AFTER.get(kind, order["status"]):
            return self._send(200, {"reference": key})
        if order["status"] not in REQUESTS[kind]:
            return self._send(409, {})
        self.made[key] = (order["number"], kind, order["status"])
        order["status"] = STATUS_AFTER.get(kind, order["status"])
        self._send(200, {"reference": key})

    def do_DELETE(self) -> None:
        if self._fails():
            return
        order = self._order(parse_qs(urlparse(self.path).query)["email"][0])
        number, kind, before = self.made.get(urlparse(self.path).path.split("/")[-1], ("", "", ""))
        if order is None or order["number"] != number:
            return self._send(404, {})
        if kind in STATUS_AFTER and order["status"] != STATUS_AFTER[kind]:
            return self._send(409, {})
        if kind in STATUS_AFTER:
            order["status"] = before
        self._send(200, {})

    def log_message(self, *_) -> None:
        pass


@pytest.fixture
def service():
    def order(number: str, email: str, status: str, **more) -> dict:
        return {
            "number": number,
            "email": email,
            "status": status,
            "placed_at": "2026-11-20",
            **more,
        }

    items = [{"sku": "M1", "title": "Mug", "quantity": 2}, {"sku": "J1", "title": "Jacket"}]
    Service.orders = {
        "HF-10001": order("HF-10001", "anna@example.com", "paid", items=items, total="149.00"),
        "HF-10002": order(
            "HF-10002", "anna@example.com", "shipped", carrier="DHL", tracking="T123"
        ),
        "HF-10003": order("HF-10003", "tom@example.com", "cancelled"),
        "HF-10004": order("HF-10004", "eva@example.com", "delivered"),
    }
    Service.failures, Service.requests, Service.made = 0, [], {}
    server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(params=["sqlite", "http", "fake"])
def backend(request, tmp_path: Path, service: str):
    if request.param == "http":
        return HttpOrders(service, "secret", timeout_seconds=1)
    if request.param == "fake":
        return FakeOrders()
    (tmp_path / "orders.csv").write_text(CSV)
    return SqliteOrders(tmp_path / "var" / "orders.db", tmp_path / "orders.csv")


async def test_number_and_email_together_find_an_order(backend) -> None:
    order = await backend.find("HF-10001", " ANNA@example.com ")
    assert order.number == "HF-10001" and order.status == "paid" and order.allows("cancel")
    assert [(item.sku, item.quantity) for item in order.items] == [("M1", 2), ("J1", 1)]


async def test_a_wrong_email_looks_like_an_unknown_number(backend) -> None:
    assert await backend.find("HF-10001", "tom@example.com") is None
    assert await backend.find("HF-99999", "anna@example.com") is None
    assert await backend.find("", "") is None


async def test_cancelling_sticks_and_may_be_repeated(backend) -> None:
    order = await backend.find("HF-10001", "anna@example.com")
    reference = await backend.request(order, "cancel")
    assert reference and (await backend.find("HF-10001", "anna@example.com")).status == "cancelled"
    assert await backend.request(order, "cancel") == reference


async def test_a_cancellation_can_be_taken_back_and_made_again(backend) -> None:
    order = await backend.find("HF-10001", "anna@example.com")
    await backend.withdraw(order, await backend.request(order, "cancel"))
    assert (await backend.find("HF-10001", "anna@example.com")).status == "paid"
    await backend.request(order, "cancel")
    assert (await backend.find("HF-10001", "anna@example.com")).status == "cancelled"


async def test_what_the_status_does_not_allow_changes_nothing(backend) -> None:
    order = await backend.find("HF-10002", "anna@example.com")
    for kind in ("cancel", "change_address", "return"):
        assert not order.allows(kind)
        with pytest.raises(NotPossible):
            await backend.request(order, kind, "please")
    assert (await backend.find("HF-10002", "anna@example.com")).status == "shipped"


async def test_a_return_is_registered_once_for_the_same_words(backend) -> None:
    order = await backend.find("HF-10004", "eva@example.com")
    first = await backend.request(order, "return", "the mug, too small")
    assert await backend.request(order, "return", "the mug, too small") == first
    assert (await backend.find("HF-10004", "eva@example.com")).status == "return_requested"


async def test_requests_of_other_orders_cannot_be_withdrawn(backend) -> None:
    anna = await backend.find("HF-10001", "anna@example.com")
    reference = await backend.request(anna, "cancel")
    with pytest.raises(NotPossible):
        await backend.withdraw(await backend.find("HF-10002", "anna@example.com"), reference)
    with pytest.raises(NotPossible):
        await backend.withdraw(anna, "R-999")
    assert (await backend.find("HF-10001", "anna@example.com")).status == "cancelled"


async def test_all_orders_under_an_address(backend) -> None:
    assert [one.number for one in await backend.under("anna@example.com")] == [
        "HF-10001",
        "HF-10002",
    ]
    assert [one.number for one in await backend.under("tom@example.com")] == ["HF-10003"]
    assert await backend.under("nobody@example.com") == []


def test_the_history_is_what_was_not_cancelled(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text(CSV.replace("2026-11-10T10:00", "last week"))
    orders = SqliteOrders(tmp_path / "orders.db", tmp_path / "orders.csv")
    found = {(one.customer, one.order, one.sku) for one in orders.history()}
    assert found == {
        ("anna@example.com", "HF-10001", "M1"),
        ("anna@example.com", "HF-10001", "J1"),
        ("anna@example.com", "HF-10002", "M1"),
    }


@pytest.mark.parametrize("number", ["' OR 1=1 --", "../orders", "%", "x/cancel"])
async def test_hostile_numbers_find_nothing(backend, number: str) -> None:
    assert await backend.find(number, "anna@example.com") is None


async def test_digits_alone_are_enough(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text(CSV)
    orders = SqliteOrders(tmp_path / "orders.db", tmp_path / "orders.csv")
    for number in ("10002", "#10002", "hf10002", "HF 10002"):
        assert (await orders.find(number, "anna@example.com")).number == "HF-10002"


async def test_a_new_csv_keeps_cancellations_until_it_knows_better(tmp_path: Path) -> None:
    source = tmp_path / "orders.csv"
    source.write_text(CSV)
    orders = SqliteOrders(tmp_path / "orders.db", source)
    await orders.request(await orders.find("HF-10001", "anna@example.com"), "cancel")
    source.write_text(CSV + "HF-10005,eva@example.com,Eva,paid,2026-11-21T10:00,M1,9,EUR,,,,,\n")
    assert (await orders.find("HF-10001", "anna@example.com")).status == "cancelled"
    assert (await orders.find("HF-10005", "eva@example.com")).status == "paid"
    source.write_text(CSV.replace(",paid,", ",refunded,"))
    assert (await orders.find("HF-10001", "anna@example.com")).status == "refunded"
    assert await orders.find("HF-10005", "eva@example.com") is None


async def test_bad_rows_are_reported_and_a_missing_file_is_unavailable(tmp_path: Path) -> None:
    source = tmp_path / "orders.csv"
    source.write_text(CSV + "HF-1,no-email,X,paid,2026-11-21,M1,9,EUR,,,,,\n")
    orders = SqliteOrders(tmp_path / "orders.db", source)
    assert await orders.find("HF-10001", "anna@example.com")
    assert len(orders.errors) == 1 and orders.errors[0].startswith("line 6")
    with pytest.raises(OrdersUnavailable):
        await SqliteOrders(tmp_path / "o.db", tmp_path / "none.csv").find("1", "a@b.c")


BELGIAN = """Bestelnummer;E-mailadres;Klant;Status;Besteldatum;Artikelen;Totaal
PD-2001;an@example.be;An Peeters;Verzonden;18/11/2026 14:20;SLT-1 x2;1.064,00
PD-2002;jo@example.be;José;ingepakt;03/11/2026;BND-2;12,50
"""


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8-sig", "utf-16"])
async def test_a_file_as_a_spreadsheet_writes_it(tmp_path: Path, encoding: str) -> None:
    source = tmp_path / "orders.csv"
    source.write_bytes(BELGIAN.replace("\n", "\r\n").encode(encoding))
    orders = SqliteOrders(tmp_path / "orders.db", source)
    sent = await orders.find("PD-2001", "an@example.be")
    assert sent and (sent.status, sent.placed_at) == ("shipped", "2026-11-18T14:20")
    assert (sent.total, sent.items) == ("1064.00", (OrderItem("SLT-1", "", 2),))
    packed = await orders.find("2002", "jo@example.be")
    assert packed and (packed.status, packed.name) == ("packed", "José")
    assert packed.placed_at == "2026-11-03" and orders.errors == []
    assert numbers_in(source, {}, 9) == ["PD-2001", "PD-2002"]


PER_ITEM = """N° commande;Date;Client;E-mail;Statut;Total TTC;N° article;Quantité;N° de suivi
2026-1;20.11.2026;Claire;claire@example.ch;Expédiée;54,30;PL-1;2;99.1
2026-1;20.11.2026;Claire;Claire@example.ch;expédiée;54,30;PL-2;1,00;
;;;;;;PL-3;;
2026-2;24.11.2026;Sophie;sophie@example.ch;Payée;29,90;PL-4;10;
"""


async def test_several_rows_are_the_items_of_one_order(tmp_path: Path) -> None:
    source = tmp_path / "orders.csv"
    source.write_text(PER_ITEM)
    orders = SqliteOrders(tmp_path / "orders.db", source)
    found = await orders.find("2026-1", "claire@example.ch")
    items = [("PL-1", 2), ("PL-2", 1), ("PL-3", 1)]
    assert found and [(one.sku, one.quantity) for one in found.items] == items
    assert (found.total, found.tracking, found.status) == ("54.30", "99.1", "shipped")
    assert len(orders.standing()) == 2 and orders.errors == []


def test_a_list_beside_a_count_stays_the_list(tmp_path: Path) -> None:
    source = tmp_path / "orders.csv"
    source.write_text(CSV.replace("note\n", "qty\n").replace("2026-11-24,,", "2026-11-24,,3"))
    assert read_orders(source).rows[0]["items"] == "M1 x2|J1"


def test_rows_of_an_order_that_contradict_each_other_are_told(tmp_path: Path) -> None:
    source = tmp_path / "orders.csv"
    text = PER_ITEM.replace("Claire@example", "eve@example").replace("PL-4;10", "PL-4;deux")
    text += "2026-2;24.11.2026;Sophie;sophie@example.ch;Annulée;12,00;PL-5;1;\n"
    source.write_text(text)
    found = read_orders(source)
    said = [(fault.split(":")[0], fault) for fault in found.faults]
    assert [line for line, _ in said] == ["line 3", "line 5", "line 6", "line 6", "line 4"]
    for (_, fault), words in zip(
        said, ("address", "'deux'", "status", "amounts", "no order"), strict=True
    ):
        assert words in fault and "@" not in fault
    assert [(row["items"], row["total"], row["status"]) for row in found.rows] == [
        ("PL-1 x2", "54.30", "shipped"), ("PL-5 x1", "", "paid")
    ]  # fmt: skip


@pytest.mark.parametrize(
    "word", ["Prête au retrait", "abholbereit", "Klaar om af te halen", "Ready for pick-up"]
)
def test_an_order_may_wait_to_be_collected(tmp_path: Path, word: str) -> None:
    source = tmp_path / "orders.csv"
    source.write_text(PER_ITEM.replace("Payée", word))
    assert read_orders(source).rows[1]["status"] == "ready_for_pickup"


async def test_what_shop_yml_says_of_the_file_counts(tmp_path: Path) -> None:
    source = tmp_path / "orders.csv"
    source.write_text("Bestelnummer,Wie,Status\nA-1,an@example.be,in de kast\n")
    own = {"columns": {"email": "Wie"}, "statuses": {"In de kast": "packed"}}
    orders = SqliteOrders(tmp_path / "orders.db", source, **own)
    found = await orders.find("A-1", "an@example.be")
    assert found and found.status == "packed"


async def test_an_order_with_an_unknown_status_is_no_wrong_guess(tmp_path: Path) -> None:
    source = tmp_path / "orders.csv"
    source.write_text(CSV.replace("Anna,paid", "Anna,in de kast"))
    orders = SqliteOrders(tmp_path / "orders.db", source)
    with pytest.raises(OrdersUnavailable, match="isn't known"):
        await orders.find("HF-10001", "anna@example.com")
    assert await orders.find("HF-10001", "eve@example.com") is None
    assert orders.errors[0].startswith("line 2: the status 'in de kast' is none of pending")
    other = await orders.find("HF-10002", "anna@example.com")
    assert other and await orders.under("anna@example.com") == [other]
    assert len(orders.standing()) == 2  # one is unknown, one cancelled


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            CSV.replace("email", "wie"),
            "no column says the email.*'wie'.*columns: {email: its name}",
        ),
        ("", "empty"),
        ("%PDF-1.7", "a PDF"),
    ],
)
async def test_a_file_that_cannot_be_used_is_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, text: str, says: str
) -> None:
    source = tmp_path / "orders.csv"
    source.write_text(text)
    orders = SqliteOrders(tmp_path / "orders.db", source)
    for _ in range(3):
        with pytest.raises(OrdersUnavailable, match=says):
            await orders.find("HF-10001", "anna@example.com")
    assert len(caplog.records) == 1
    source.write_text(CSV)
    assert await orders.find("HF-10001", "anna@example.com")


def test_days_and_amounts_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    source = tmp_path / "orders.csv"
    text = BELGIAN.replace("18/11/2026 14:20", "gisteren").replace("12,50", "gratis?")
    source.write_text(text + "PD-2003;;Eva;betaald;2026-11-02;BND-2;9,00\n" + text.splitlines()[2])
    found = read_orders(source)
    assert [fault.split(":")[0] for fault in found.faults] == [
        "line 2", "line 3", "line 3", "line 4", "line 5", "line 5", "line 5"
    ]  # fmt: skip
    said = "\n".join(found.faults)
    assert "'gisteren' is no day" in said and "'03/11/2026' is no day" in said  # or in March?
    assert "'gratis?' is no amount" in said and "left out, since it has no email address" in said
    assert "the order of line 3 comes again" in said and "@" not in said


async def test_http_retries_what_failed_on_the_way(service: str) -> None:
    Service.failures = 2
    assert await HttpOrders(service, "secret").find("HF-10001", "anna@example.com")
    assert len(Service.requests) == 3


async def test_http_that_is_down_or_refuses_is_unavailable(service: str) -> None:
    with pytest.raises(OrdersUnavailable):
        await HttpOrders(service, "wrong").find("HF-10001", "anna@example.com")
    with pytest.raises(OrdersUnavailable):
        await HttpOrders("http://127.0.0.1:9", timeout_seconds=0.2).find("HF-1", "a@b.c")
    Service.orders["HF-10001"]["status"] = "lost in space"
    with pytest.raises(OrdersUnavailable, match="lost in space"):
        await HttpOrders(service, "secret").find("HF-10001", "anna@example.com")


def test_orders_are_plain_values() -> None:
    order = Order("1", "paid", "2026-11-20", (OrderItem("M1", "Mug", 1),))
    assert order.allows("cancel") and order == Order(
        "1", "paid", "2026-11-20", (OrderItem("M1", "Mug", 1),)
    )


async def test_an_unknown_number_costs_what_a_wrong_address_costs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same statements and as many comparisons: the time of an answer tells nothing."""
    source = tmp_path / "orders.csv"
    source.write_text(CSV)
    orders = SqliteOrders(tmp_path / "orders.db", source)
    await orders.find("HF-10001", "anna@example.com")  # the file is read once
    steps: list[str] = []
    orders._db.set_trace_callback(lambda sql: steps.append("query"))
    compare = orders_sqlite._same_address
    monkeypatch.setattr(
        orders_sqlite, "_same_address", lambda *two: steps.append("compared") or compare(*two)
    )

    async def cost(number: str, email: str) -> list[str]:
        steps.clear()
        await orders.find(number, email)
        return list(steps)

    wrong = await cost("HF-10001", "eve@example.com")
    assert wrong == ["query", "compared"]
    assert wrong == await cost("HF-99999", "eve@example.com")
    assert wrong == await cost("HF-10001", "anna@example.com")


@pytest.mark.parametrize(
    ("status", "changed", "unpaid"),
    [
        ("pending", "", True),
        ("paid", "", False),
        ("pending", "cancelled", True),
        ("pending", "paid", False),
    ],
)
async def test_what_was_cancelled_before_it_was_paid_is_known(
    tmp_path: Path, status: str, changed: str, unpaid: bool
) -> None:
    source = tmp_path / "orders.csv"
    source.write_text(CSV.replace("Anna,paid", f"Anna,{status}"))
    backend = SqliteOrders(tmp_path / "orders.db", source)
    order = await backend.find("HF-10001", "anna@example.com")
    assert order and not order.unpaid
    await backend.request(order, "cancel")
    if changed:
        source.write_text(CSV.replace("Anna,paid", f"Anna,{changed}") + "\n")
    found = await backend.find("HF-10001", "anna@example.com")
    assert found and found.unpaid == unpaid
    other = await backend.find("HF-10003", "tom@example.com")  # cancelled by the shop: nobody knows
    assert other and not other.unpaid


async def test_an_order_of_the_checkout_is_one_that_anybody_could_have_made(tmp_path: Path) -> None:
    source, file = tmp_path / "orders.csv", tmp_path / "orders.db"
    source.write_text(CSV)
    backend = SqliteOrders(file, source)
    own = await backend.find("HF-10001", "anna@example.com")
    with closing(open_orders(file)) as db, db:
        db.execute("UPDATE orders SET placed = 'a form' WHERE order_number = 'HF-10002'")
    placed = await backend.find("HF-10002", "anna@example.com")
    assert own and placed and (own.by_anyone, placed.by_anyone) == (False, True)
