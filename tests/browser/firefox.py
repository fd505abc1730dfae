"""Debian's Firefox, by WebDriver BiDi, which it speaks itself: no driver lies between.

Playwright drives a Firefox of its own alone. This is what the widget's tests there need of a browser, and no
more; https://w3c.github.io/webdriver-bidi/ says what the commands mean.
"""

import asyncio
import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import websockets

FIREFOX = shutil.which("firefox-esr") or shutil.which("firefox") or "firefox-esr"
# It asks nobody but this machine for anything.
PREFERENCES = {
    "network.proxy.type": 1, "network.proxy.http": "127.0.0.1", "network.proxy.http_port": 9,
    "network.proxy.ssl": "127.0.0.1", "network.proxy.ssl_port": 9,
    "network.proxy.no_proxies_on": "localhost, 127.0.0.1",
    "app.normandy.enabled": False, "app.update.disabledForTesting": True,
    "browser.safebrowsing.update.enabled": False, "datareporting.policy.dataSubmissionEnabled": False,
    "network.captive-portal-service.enabled": False, "network.connectivity-service.enabled": False,
    "services.settings.server": "data:,#remote-settings-dummy/v1", "toolkit.telemetry.enabled": False,
}  # fmt: skip
KEYS = {"Enter": "\ue007", "Tab": "\ue004", "ArrowDown": "\ue015", "Escape": "\ue00c"}
SHADOW = "document.querySelector('#shoptalk')?.shadowRoot"
WAIT_SECONDS = 20.0


class Firefox:
    """One tab."""

    def __init__(self, address: str) -> None:
        self._runner = asyncio.Runner()
        self._socket: Any = self._runner.run(self._connect(address))
        self._number = 0
        self.errors: list[str] = []  # of scripts in the page
        self.ask("session.new", capabilities={})
        self.ask("session.subscribe", events=["log.entryAdded"])
        self._tab = self.ask("browsingContext.getTree")["contexts"][0]["context"]

    async def _connect(self, address: str) -> Any:
        return await websockets.connect(address, max_size=None)  # type: ignore[attr-defined]

    def close(self) -> None:
        """End the session."""
        self._runner.run(self._socket.close())
        self._runner.close()

    def ask(self, method: str, **parameters: Any) -> Any:
        """Do a command and return its result. Raises AssertionError with what the browser says of it."""
        self._number += 1
        return self._runner.run(self._ask(self._number, method, parameters))

    async def _ask(self, number: int, method: str, parameters: dict[str, Any]) -> Any:
        await self._socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            said = json.loads(await self._socket.recv())
            if said.get("method") == "log.entryAdded" and said["params"]["level"] == "error":
                self.errors.append(said["params"]["text"])
            if said.get("id") == number:
                assert said["type"] == "success", f"{method}: {said}"
                return said["result"]

    def goto(self, url: str) -> None:
        """Load a page."""
        self.ask("browsingContext.navigate", context=self._tab, url=url, wait="complete")

    def resize(self, width: int, height: int) -> None:
        """The page's size in pixels."""
        size = {"width": width, "height": height}
        self.ask("browsingContext.setViewport", context=self._tab, viewport=size)

    def run(self, script: str) -> Any:
        """The value of an expression in the page, of what JSON knows."""
        wrapped = f"(async () => JSON.stringify((await ({script})) ?? null))()"
        target = {"context": self._tab}
        said = self.ask("script.evaluate", expression=wrapped, target=target, awaitPromise=True)
        assert said["type"] == "success", said["exceptionDetails"]["text"]
        return json.loads(said["result"]["value"])

    def find(self, selector: str, script: str = "true") -> Any:
        """What `script` says of the first `one` of the widget's that fits, as soon as it is something."""
        look = f"(one => one && ({script}))({SHADOW}?.querySelector({json.dumps(selector)}))"
        deadline = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < deadline:
            if found := self.run(look):
                return found
            time.sleep(0.1)
        raise AssertionError(f"{selector}: {script} never came true")

    def click(self, selector: str) -> None:
        """Press the mouse in the middle of an element, which is scrolled into sight."""
        self.find(selector, "(one.scrollIntoView({ block: 'center' }), true)")
        box = self.find(selector, "one.getBoundingClientRect().toJSON()")
        x, y = (int(box[side] + box[size] / 2) for side, size in (("x", "width"), ("y", "height")))
        moves = [
            {"type": "pointerMove", "x": x, "y": y},
            {"type": "pointerDown", "button": 0},
            {"type": "pointerUp", "button": 0},
        ]
        self._act({"type": "pointer", "id": "mouse", "actions": moves})

    def press(self, *keys: str) -> None:
        """Type keys, by their name or each sign of a text."""
        signs = [sign for key in keys for sign in ([KEYS[key]] if key in KEYS else key)]
        presses = [{"type": f"key{way}", "value": sign} for sign in signs for way in ("Down", "Up")]
        self._act({"type": "key", "id": "keyboard", "actions": presses})

    def _act(self, source: dict[str, Any]) -> None:
        self.ask("input.performActions", context=self._tab, actions=[source])


@contextmanager
def started(folder: Path) -> Iterator[Firefox]:
    """A Firefox without a window, with a profile in a folder. Raises FileNotFoundError without one."""
    (folder / "user.js").write_text(
        "".join(f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in PREFERENCES.items())
    )  # fmt: skip
    command = [FIREFOX, "--headless", "--no-remote", "--remote-debugging-port", "0"]
    with (folder / "log.txt").open("w") as log:
        process = subprocess.Popen(
            [*command, "--profile", str(folder), "about:blank"], stdout=log, stderr=log
        )
    try:
        told = folder / "WebDriverBiDiServer.json"
        deadline = time.monotonic() + 60
        while not told.exists() and time.monotonic() < deadline:
            assert process.poll() is None, (folder / "log.txt").read_text()
            time.sleep(0.1)
        place = json.loads(told.read_text())
        browser = Firefox(f"ws://{place['ws_host']}:{place['ws_port']}/session")
        yield browser
        browser.close()
    finally:
        process.terminate()
        process.wait()
