"""Nothing is done without a yes: said to a running service, and looked up in its orders."""

import csv
import json
import sqlite3
import uuid
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from bot.dialogue.in_form import CHANGES
from bot.paths import REPOSITORY
from tests.conversations.test_talks import check, said
from tests.stack import Stack

FILE = yaml.safe_load((REPOSITORY / "tests/conversations/consent.yml").read_text(encoding="utf-8"))
BESIDE = [
    (task, message, has)
    for task, messages in FILE["beside"].items()
    for one in messages
    for message, has in one.items()
]
STATUSES = {
    "HF-90001": "packed", "HF-90002": "paid", "HF-90003": "delivered", "HF-90004": "shipped",
}  # fmt: skip


def write_orders(folder: Path) -> None:
    """One order for each status, all just made."""
    file = folder / "orders.csv"
    with file.open(encoding="utf-8", newline="") as lines:
        names = csv.DictReader(lines).fieldnames or []
    days = {name: (date.today() + timedelta(n)).isoformat() for name, n in
            (("placed_at", -6), ("expected_at", 3), ("delivered_at", -1))}  # fmt: skip
    with file.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, names, restval="")
        writer.writeheader()
        for number, status in STATUSES.items():
            row = {"order_number": number, "email": "eva@example.com", "status": status, "items": "MUG-03 x2",
                   "total": "38.90", "currency": "EUR", "carrier": "DHL", **days}  # fmt: skip
            if status != "delivered":
                row["delivered_at"] = ""
            writer.writerow(row)


class Shop:
    """A running shop, and what is recorded in it."""

    def __init__(self, stack: Stack) -> None:
        self.last: dict[str, Any] = {}  # what a turn gave, whole
        self._database = stack.shop_dir / "var/orders.db"
        token = json.loads((stack.shop_dir / "var/secrets.json").read_text())["engine_token"]
        self._client = httpx.Client(
            base_url=f"http://127.0.0.1:{stack.ports['dialogue']}/webhooks/shoptalk",
            headers={"Authorization": f"Bearer {token}"}, timeout=60, trust_env=False,
        )  # fmt: skip

    def say(self, conversation: str, line: str, before: list[dict[str, Any]]) -> Any:
        body = {"conversation": conversation, "id": uuid.uuid4().hex, **said(line, before)}
        answer = self._client.post("/turn", json=body)
        assert answer.status_code == 200, answer.text
        self.last = answer.json()
        return self.last["messages"]

    def recorded(self) -> list[tuple[str, str]]:
        return self._rows(
            "SELECT kind, detail FROM requests WHERE withdrawn_at IS NULL ORDER BY id"
        )

    def statuses(self) -> dict[str, str]:
        return dict(self._rows("SELECT order_number, status FROM orders"))

    def forget(self) -> None:
        """As if nothing had been asked for."""
        with sqlite3.connect(self._database) as db:
            db.execute("DELETE FROM requests")
            db.executemany(
                "UPDATE orders SET status = ? WHERE order_number = ?",
                [(status, number) for number, status in STATUSES.items()],
            )

    def _rows(self, query: str) -> list[Any]:
        with sqlite3.connect(self._database) as db:
            return db.execute(query).fetchall()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    stack = Stack(tmp_path_factory.mktemp("consent") / "shop", write_orders)
    shop = Shop(stack)
    shop.say(
        "first", "where is HF-90004, eva@example.com", []
    )  # orders are read when one is asked for
    yield shop
    stack.stop()


@pytest.fixture
def shop(running: Shop) -> Iterator[Shop]:
    yield running
    running.forget()


def led_to_the_question(shop: Shop, conversation: str, task: str) -> list[dict[str, Any]]:
    replies: list[dict[str, Any]] = []
    for line in FILE["tasks"][task]["lines"]:
        replies = shop.say(conversation, line, replies)
    assert asks_for_a_yes(replies), [reply["text"] for reply in replies]
    return replies


def asks_for_a_yes(replies: list[dict[str, Any]]) -> bool:
    return any(button["title"].startswith("Yes, ") for button in replies[-1]["buttons"])


def test_there_are_sixty_messages_over_all_tasks() -> None:
    assert len(BESIDE) >= 60 and {task for task, _, _ in BESIDE} == {*FILE["tasks"]}


@pytest.mark.parametrize(("task", "message", "has"), BESIDE)
def test_what_only_begins_like_a_yes_does_nothing(
    shop: Shop, task: str, message: str, has: Any
) -> None:
    conversation = f"{task}: {message}"
    replies = led_to_the_question(shop, conversation, task)
    replies = shop.say(conversation, message, replies)
    assert (shop.recorded(), shop.statuses()) == ([], STATUSES)
    text = "\n".join(reply["text"] for reply in replies)
    assert asks_for_a_yes(replies), text
    assert str(has or "").lower() in text.lower(), text


@pytest.mark.parametrize("task", FILE["tasks"])
@pytest.mark.parametrize("yes", ["yes please", "> Yes, "])
def test_a_yes_and_nothing_else_does_it(shop: Shop, task: str, yes: str) -> None:
    replies = led_to_the_question(shop, f"{task} {yes}", task)
    shop.say(f"{task} {yes}", yes, replies)
    assert [kind for kind, _ in shop.recorded()] == [task]


@pytest.mark.parametrize("task", FILE["tasks"])
def test_an_ok_is_enough_for_what_changes_no_order(shop: Shop, task: str) -> None:
    replies = led_to_the_question(shop, f"{task} only ok", task)
    replies = shop.say(f"{task} only ok", "ok", replies)
    if task in CHANGES:
        assert (shop.recorded(), shop.statuses()) == ([], STATUSES)
        assert asks_for_a_yes(replies)
    else:
        assert [kind for kind, _ in shop.recorded()] == [task]


@pytest.mark.parametrize("task", FILE["tasks"])
def test_an_ok_after_an_answer_to_something_else_does_nothing(shop: Shop, task: str) -> None:
    replies = led_to_the_question(shop, f"{task} ok", task)
    replies = shop.say(f"{task} ok", "what are your opening hours?", replies)
    replies = shop.say(f"{task} ok", "ok", replies)
    assert (shop.recorded(), shop.statuses()) == ([], STATUSES)
    assert asks_for_a_yes(replies)
    shop.say(f"{task} ok", "yes", replies)
    assert [kind for kind, _ in shop.recorded()] == [task]


@pytest.mark.parametrize("message", [*FILE["erasing"]["beside"], "yes, erase everything", "> Yes"])
def test_erasing_takes_a_yes_and_nothing_else(shop: Shop, message: str) -> None:
    conversation, replies = f"erase: {message}", []
    for line in FILE["erasing"]["lead"]:
        replies = shop.say(conversation, line, replies)
    assert asks_for_a_yes(replies), replies
    shop.say(conversation, message, replies)
    # Where no mail proves an address, staff get the wish.
    done = "erasure" in shop.last or shop.last["requests"]
    assert bool(done) == (message not in FILE["erasing"]["beside"])


@pytest.mark.parametrize("message", FILE["choosing"])
def test_what_to_erase_is_chosen_before_it_is_agreed_to(shop: Shop, message: str) -> None:
    conversation = f"choose: {message}"
    replies = shop.say(conversation, message, shop.say(conversation, "delete my data", []))
    assert "erasure" not in shop.last and asks_for_a_yes(replies)
    shop.say(conversation, "yes", replies)
    assert "erasure" in shop.last


@pytest.mark.parametrize("name", FILE["talks"])
def test_talk(shop: Shop, name: str) -> None:
    talk, replies = FILE["talks"][name], []
    for turn in talk["say"]:
        ((line, wanted),) = turn.items()
        replies = shop.say(name, str(line), replies)
        check(line, replies, wanted if isinstance(wanted, dict) else {"has": wanted})
    assert shop.recorded() == [tuple(one) for one in talk["recorded"]]
    assert shop.statuses() == STATUSES


@pytest.mark.parametrize("text", FILE["no_order"])
def test_no_order_form_opens_without_an_order(shop: Shop, text: str) -> None:
    replies = shop.say(f"opens {text}", text, [])
    cards = [reply["card"] for reply in replies if reply["card"]]
    assert not cards, replies  # the form's questions have one, with the keyboard for a number


def test_an_old_button_agrees_to_nothing_else(shop: Shop) -> None:
    cancelling = led_to_the_question(shop, "old button", "cancel")
    shop.say("old button", "no", cancelling)
    led_to_the_question(shop, "old button", "return")
    replies = shop.say("old button", "> Yes, cancel it", cancelling)
    assert (shop.recorded(), shop.statuses()) == ([], STATUSES)
    assert asks_for_a_yes(replies)
