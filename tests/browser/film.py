"""docs/images/chat.webp, a moving picture for README: a real conversation in a real browser.

`make film` takes it anew: the whole of Shoptalk with the demo shop, and what a customer writes below.
"""

import io
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, expect, sync_playwright

from bot.paths import REPOSITORY
from tests.browser.conftest import CHROMIUM, FLAGS
from tests.browser.found import WITHOUT
from tests.browser.widget_page import open_chat, say_and_wait
from tests.stack import Stack

FILM = REPOSITORY / "docs" / "images" / "chat.webp"
SIZE = {"width": 1000, "height": 640}
MOST_BYTES = 1_000_000
KEY_MS, SENT_MS, READ_MS = 90, 500, 3200
SAID = (
    "a gift for my dad who likes cooking, under 60",
    "are the first two in stock?",
    "i want to cancel order HF-10222",
    "anna@example.com",
    "wait, does it ship today?",
)


class Film:
    """Pictures, and for how many milliseconds each is shown."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._frames: list[Image.Image] = []
        self._times: list[int] = []

    def take(self, milliseconds: int) -> None:
        """One picture of the page as it is now."""
        self._frames.append(Image.open(io.BytesIO(self._page.screenshot())).convert("RGB"))
        self._times.append(milliseconds)

    def say(self, text: str) -> None:
        """Write a message letter by letter, send it, and wait until its answer can be read."""
        field = self._page.get_by_label("Your message")
        replies = self._page.locator(".row.assistant").count()
        for end in range(6, len(text) + 6, 6):
            field.fill(text[:end])
            self.take(KEY_MS)
        self._page.keyboard.press("Enter")
        self._page.wait_for_timeout(300)
        self.take(SENT_MS)
        self._page.locator(".row.assistant").nth(replies).wait_for(timeout=30_000)
        self._page.wait_for_timeout(1_200)
        self.take(READ_MS)

    def write(self, path: Path) -> int:
        """Write it as an animated WebP; returns its size in bytes."""
        first, *rest = self._frames
        first.save(
            path, save_all=True, append_images=rest, duration=self._times, loop=0,
            quality=80, method=4,
        )  # fmt: skip
        return path.stat().st_size


def main() -> None:
    """Take the film and put it into the docs."""
    if not CHROMIUM:
        sys.exit(WITHOUT)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as running:
        stack = Stack(Path(folder) / "shop")
        try:
            browser = running.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            rehearsal = browser.new_page(viewport=SIZE)  # what is slow once isn't in the film
            open_chat(rehearsal, stack.url)
            for text in SAID:
                say_and_wait(rehearsal, text)
            rehearsal.context.close()
            page = browser.new_page(viewport=SIZE)
            open_chat(page, stack.url)
            expect(page.get_by_label("Your message")).to_be_focused()
            page.wait_for_timeout(600)
            film = Film(page)
            film.take(1500)
            for text in SAID:
                film.say(text)
            size = film.write(FILM)
            browser.close()
        finally:
            stack.stop()
    if size > MOST_BYTES:
        sys.exit(f"{FILM} has {size} bytes, more than {MOST_BYTES}.")
    print(f"Wrote {FILM}, {size // 1000} kB.")


if __name__ == "__main__":
    main()
