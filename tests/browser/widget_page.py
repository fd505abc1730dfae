"""What the widget's browser tests share: opening the chat, and looking into the databases."""

import json
import re
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from itsdangerous import URLSafeSerializer
from playwright.sync_api import Page, Route, expect

from bot.inbox.store import Inbox
from bot.privacy.vault import LostKey, Vault, vault_in
from tests.stack import Stack

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
SMALL = {"viewport": {"width": 320, "height": 560}, "has_touch": True, "is_mobile": True}
DARK = {"viewport": {"width": 1280, "height": 860}, "color_scheme": "dark"}
WIDE = {"viewport": {"width": 1280, "height": 860}}

ORDER = {
    "kind": "order", "number": "HF-1", "status": "On its way", "items": ["1 × Stoneware Mug"],
    "total": "€19.45", "carrier": "PostNL", "tracking": "3SABC", "expected": "Monday",
    "steps": [{"name": "Paid", "state": "done"}, {"name": "On its way", "state": "now"}, {"name": "Delivered", "state": ""}],
}  # fmt: skip


def open_chat(page: Page, url: str) -> None:
    """Go to a page and open the chat on it."""
    page.goto(url)
    launch(page)


def launch(page: Page) -> None:
    """Open the chat on the page that is there."""
    page.get_by_role("button", name=re.compile("^Chat with Finn")).click()
    expect(page.get_by_role("dialog")).to_be_visible()


def say(page: Page, text: str) -> None:
    """Write a message and send it."""
    page.get_by_label("Your message").fill(text)
    page.keyboard.press("Enter")


def say_and_wait(page: Page, text: str) -> None:
    """Write a message and wait for one more reply."""
    count = page.locator(".row.assistant").count()
    say(page, text)
    page.locator(".row.assistant").nth(count).wait_for(timeout=30_000)


def width_of(page: Page) -> int:
    """The page's width in pixels."""
    assert page.viewport_size
    return page.viewport_size["width"]


def conversation_of(page: Page) -> str:
    """The id behind the token that the page keeps."""
    token = page.evaluate(
        "() => JSON.parse(localStorage.getItem("
        "Object.keys(localStorage).find((key) => key.endsWith(':token'))))"
    )
    return URLSafeSerializer("").loads_unsafe(token)[1]


def put(page: Page, stack: Stack, message_id: str, sender: str, **body: Any) -> None:
    """A message of any kind in the page's conversation; then a reload."""
    put_all(page, stack, [(message_id, sender, body)])


def put_all(page: Page, stack: Stack, messages: list[tuple[str, str, dict[str, Any]]]) -> None:
    """Messages as others write them: id, sender, body; then a reload, which keeps the chat open."""
    inbox = Inbox(stack.shop_dir / "var" / "web.db")
    for message_id, sender, body in messages:
        inbox.add(conversation_of(page), message_id, sender, {"text": "", **body})
    inbox.close()
    page.reload()
    page.get_by_role("dialog").wait_for()


def query(path: Path, sql: str, *values: Any) -> list[tuple]:
    """Rows of a database, with sealed values opened."""
    database = sqlite3.connect(path)
    rows = database.execute(sql, values).fetchall()
    database.close()
    return [tuple(opened(vault_in(path.parent), value) for value in row) for row in rows]


def opened(vault: Vault, value: Any) -> Any:
    """What a value says: a test asks for columns of both kinds in one query."""
    try:
        return vault.open(value) if isinstance(value, str) else value
    except LostKey:
        return value


def events(stack: Stack, conversation: str, count: int) -> list[tuple]:
    """Kind, sku, value and text of customer_events, as soon as there are so many."""
    rows: list[tuple] = []
    for _ in range(100):
        rows = query(
            stack.shop_dir / "var" / "transcripts.db",
            "SELECT kind, sku, value, text FROM customer_events WHERE conversation_id = ? "
            "AND kind NOT IN ('consent', 'page', 'device') ORDER BY rowid",
            conversation,
        )
        if len(rows) >= count:
            break
        time.sleep(0.1)
    return rows


def with_config(page: Page, **changes: Any) -> None:
    """The widget's settings as another shop.yml would make them."""

    def change(route: Route) -> None:
        config = route.fetch().json()
        route.fulfill(json={**config, **changes})

    page.route("**/widget/config*", change)


def until(done: Callable[[], bool], seconds: float = 20) -> bool:
    """Whether something becomes true in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if done():
            return True
        time.sleep(0.1)
    return done()


def tracker_slots(stack: Stack, conversation: str, name: str) -> list[Any]:
    """The values that a slot has had."""
    rows = query(
        stack.shop_dir / "var" / "tracker.db",
        "SELECT data FROM events WHERE sender_id = ? ORDER BY id",
        conversation,
    )
    events = [json.loads(data) for (data,) in rows]
    return [one["value"] for one in events if one["event"] == "slot" and one["name"] == name]


def faults(page: Page) -> list[str]:
    """What axe-core finds wrong under WCAG 2.2 A and AA."""
    options = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
    found = Axe().run(page, options=options).response["violations"]
    return [f"{one['id']}: {node['html'][:120]}" for one in found for node in one["nodes"]]
