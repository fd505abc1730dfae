"""The faults, each for real: processes killed and stopped, ports taken, disks full, files broken,
clocks set."""

import asyncio
import os
import random
import resource
import shutil
import signal
import socket
import sqlite3
import struct
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from bot.paths import REPOSITORY
from bot.service.pulse import HUNG_SECONDS
from bot.service.training import damage
from tests.faults.shop import Shop
from tests.web.conftest import free_port

CLOCK = "SHOPTALK_CLOCK"

Fault = Callable[[Shop, random.Random], Awaitable[None]]
RUBBISH = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 13\r\n\r\n<h1>Hello</h1>",
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 20\r\n\r\n{\"events\": [{\"event",
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 27\r\n\r\n{\"events\": 5, \"responses\":1}",
    b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n",
    b"\x00\xff\xfe garbage \r\n\r\n",
    b"",
)  # fmt: skip


async def _kill(shop: Shop, module: str) -> None:
    for _ in range(600):  # the one killed before may be on its way up
        if shop.stack.pid(module):
            return shop.stack.kill(module)
        await asyncio.sleep(0.1)
    raise AssertionError(f"{module} isn't there to be killed")


async def web_killed(shop: Shop, chance: random.Random) -> None:
    """kill -9 of web."""
    await _kill(shop, "bot.web")


async def dialogue_killed(shop: Shop, chance: random.Random) -> None:
    """kill -9 of dialogue."""
    await _kill(shop, "bot.dialogue")


async def actions_killed(shop: Shop, chance: random.Random) -> None:
    """kill -9 of actions."""
    await _kill(shop, "actions")


async def supervisor_killed(shop: Shop, chance: random.Random) -> None:
    """kill -9 of the supervisor; what starts services starts it again (docs/running.md)."""
    shop.stack.process.kill()
    shop.stack.process.wait()
    await asyncio.to_thread(shop.stack.start)


async def started_again(shop: Shop, chance: random.Random) -> None:
    """Somebody starts the shop a second time on other ports: refused, whoever was first goes on."""
    await _refused(shop, "up")


async def restored_meanwhile(shop: Shop, chance: random.Random) -> None:
    """Somebody makes a backup and restores it while customers chat: the restore is refused."""
    saved = shop.models.with_name("saved.tar")
    saved.unlink(missing_ok=True)
    await asyncio.to_thread(shop.stack.shoptalk, "backup", str(saved))
    await _refused(shop, "restore", str(saved))


async def _refused(shop: Shop, *command: str) -> None:
    ports = {f"SHOPTALK_{name.upper()}_PORT": str(free_port()) for name in shop.stack.ports}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-W", "ignore", "-m", "bot.cli", *command,
        cwd=REPOSITORY, env={**shop.stack.environment, **ports},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await asyncio.wait_for(process.communicate(), 60)
    if process.returncode != 1 or f"process {shop.stack.process.pid}".encode() not in said:
        raise AssertionError(f"{command[0]} wasn't refused: {said.decode()}")


async def actions_hang(shop: Shop, chance: random.Random) -> None:
    """The action server stands still, sometimes for longer than Rasa waits."""
    pid = shop.stack.pid("actions")
    if pid:
        os.kill(pid, signal.SIGSTOP)
        try:
            await asyncio.sleep(chance.choice([2, 5, 25]))
        finally:
            os.kill(pid, signal.SIGCONT)


async def _hang(shop: Shop, module: str) -> None:
    """Stop a process for good, and wait until the supervisor has another one in its place."""
    while not (pid := shop.stack.pid(module)):
        await asyncio.sleep(0.1)
    os.kill(pid, signal.SIGSTOP)
    for _ in range(int(4 * HUNG_SECONDS)):
        if shop.stack.pid(module) not in (pid, 0):
            return
        await asyncio.sleep(1)
    os.kill(pid, signal.SIGKILL)
    raise AssertionError(f"{module} hung, and nobody started it again")


async def web_hangs(shop: Shop, chance: random.Random) -> None:
    """Web stands still for good (SIGSTOP), until the supervisor notices."""
    await _hang(shop, "bot.web")


async def dialogue_hangs(shop: Shop, chance: random.Random) -> None:
    """Dialogue stands still for good (SIGSTOP), until the supervisor notices."""
    await _hang(shop, "bot.dialogue")


async def actions_hang_for_good(shop: Shop, chance: random.Random) -> None:
    """The action server stands still for good (SIGSTOP), until the supervisor notices."""
    await _hang(shop, "actions")


async def actions_dead(shop: Shop, chance: random.Random) -> None:
    """The action server can't come up for a while: its port is taken by something that hangs up."""
    async with _in_place_of_actions(shop, (b"",), chance):
        await asyncio.sleep(chance.uniform(3, 6))


async def actions_rubbish(shop: Shop, chance: random.Random) -> None:
    """Something else answers on the port of the action server."""
    async with _in_place_of_actions(shop, RUBBISH, chance):
        await asyncio.sleep(chance.uniform(3, 6))


@asynccontextmanager
async def _in_place_of_actions(
    shop: Shop, answers: tuple[bytes, ...], chance: random.Random
) -> AsyncIterator[None]:
    class Impostor(BaseHTTPRequestHandler):
        def handle(self) -> None:
            self.connection.settimeout(2)
            try:
                self.connection.recv(65536)
                self.connection.sendall(chance.choice(answers))
            except OSError:
                pass

    await _kill(shop, "actions")
    server = None
    for _ in range(100):
        try:
            ThreadingHTTPServer.allow_reuse_address = True
            server = ThreadingHTTPServer(("127.0.0.1", shop.stack.ports["actions"]), Impostor)
            break
        except OSError:
            await asyncio.sleep(0.05)
    if server is None:
        raise AssertionError("the port of the action server isn't free")
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


async def orders_down(shop: Shop, chance: random.Random) -> None:
    """The shop's orders service is down, slow, or answers rubbish."""
    shop.orders.mood = chance.choice(["down", "slow", "rubbish"])
    await asyncio.sleep(chance.uniform(3, 6))
    shop.orders.mood = "well"


async def orders_slow(shop: Shop, chance: random.Random) -> None:
    """The shop's orders service takes 5 seconds for each answer."""
    shop.orders.mood, shop.orders.seconds = "slow", 5.0
    await asyncio.sleep(chance.uniform(10, 15))
    shop.orders.mood, shop.orders.seconds = "well", 2.0


async def orders_dead(shop: Shop, chance: random.Random) -> None:
    """The shop's orders service hangs up on all for longer than the breaker's pause."""
    shop.orders.mood = "down"
    await asyncio.sleep(chance.uniform(12, 16))
    shop.orders.mood = "well"


async def files_used_up(shop: Shop, chance: random.Random) -> None:
    """Web, and then dialogue, may open not one file or connection more than it has."""
    for module in ("bot.web", "bot.dialogue"):
        while not (pid := shop.stack.pid(module)):
            await asyncio.sleep(0.1)
        before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        used = max(int(name) for name in os.listdir(f"/proc/{pid}/fd")) + 1
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (used, before[1]))
        try:
            await asyncio.sleep(chance.uniform(3, 6))
        finally:
            resource.prlimit(pid, resource.RLIMIT_NOFILE, before)


async def model_cut(shop: Shop, chance: random.Random) -> None:
    """The model's archive is cut off when dialogue starts, and is put right later."""
    model = max(shop.models.glob("shoptalk-*.tar.gz"), key=lambda file: file.stat().st_mtime)
    whole = model.read_bytes()
    model.write_bytes(whole[: chance.randrange(1, len(whole))])
    try:
        await _kill(shop, "bot.dialogue")
        said = len(shop.stack.log)
        while not any("can't be loaded" in line for line in shop.stack.log[said:]):
            await asyncio.sleep(0.2)
    finally:
        fresh = model.with_name(".whole")
        fresh.write_bytes(whole)
        fresh.replace(model)
    assert not damage(model)


async def shop_half_written(shop: Shop, chance: random.Random) -> None:
    """shop.yml is being written when web, dialogue and actions are started again."""
    path = shop.stack.shop_dir / "shop.yml"
    whole = path.read_bytes()
    path.write_bytes(whole[: chance.randrange(1, len(whole) // 2)])
    try:
        for module in ("bot.web", "actions", "bot.dialogue"):
            pid = shop.stack.pid(module)
            await _kill(shop, module)
            while shop.stack.pid(module) in (pid, 0):
                await asyncio.sleep(0.2)
    finally:
        path.write_bytes(whole)


async def database_locked(shop: Shop, chance: random.Random) -> None:
    """Another program holds a database's write lock, sometimes for longer than ours wait."""
    name = chance.choice(["web.db", "tracker.db", "transcripts.db", "staff.db"])
    connection = sqlite3.connect(shop.var / name, timeout=10)
    try:
        connection.execute("BEGIN IMMEDIATE")
        await asyncio.sleep(chance.choice([1, 4, 13]))
        connection.rollback()
    finally:
        connection.close()


async def disk_full(shop: Shop, chance: random.Random) -> None:
    """Not a byte is left on the disk of the databases."""
    _need_disk(shop)
    filler = shop.var / "filler"
    try:
        with filler.open("wb", buffering=0) as file:
            for size in (1 << 20, 1 << 12, 1):
                try:
                    while file.write(b"\0" * size):
                        pass
                except OSError:
                    continue
        await asyncio.sleep(chance.uniform(2, 8))
    finally:
        filler.unlink(missing_ok=True)


async def disk_read_only(shop: Shop, chance: random.Random) -> None:
    """All three die, and the disk of the databases is read-only when they come back."""
    _need_disk(shop)
    for module in ("bot.web", "bot.dialogue", "actions"):
        await _kill(shop, module)
    for _ in range(50):
        done = subprocess.run(["mount", "-o", "remount,ro", str(shop.var)], capture_output=True)
        if not done.returncode:
            break
        await asyncio.sleep(0.02)
    else:
        raise AssertionError(done.stderr.decode())
    try:
        await asyncio.sleep(chance.uniform(4, 8))
    finally:
        subprocess.run(["mount", "-o", "remount,rw", str(shop.var)], check=True)


def _need_disk(shop: Shop) -> None:
    if not shop.mounted:
        raise AssertionError("this needs the right to mount a file system: run it as root")


async def index_corrupted(shop: Shop, chance: random.Random) -> None:
    """The search index is garbage when the action server starts; put right by `shoptalk ingest`."""
    catalogue = shop.var / "catalogue"
    current = catalogue / (catalogue / "current").read_text().strip()
    victim = chance.choice(sorted(one for one in current.iterdir() if one.is_file()))
    size = victim.stat().st_size
    victim.chmod(0o600)
    with victim.open("r+b") as file:
        file.write(os.urandom(min(size, 4096)))
        file.truncate(max(1, size // 2))
    await _kill(shop, "actions")
    await asyncio.sleep(chance.uniform(5, 8))
    for path in catalogue.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    products = str(shop.stack.shop_dir / "products.csv")
    await asyncio.to_thread(shop.stack.shoptalk, "ingest", products)


async def model_missing(shop: Shop, chance: random.Random) -> None:
    """The trained model is gone when dialogue starts, and comes back later."""
    away = shop.models.with_name("models-away")
    shop.models.rename(away)
    try:
        await _kill(shop, "bot.dialogue")
        await asyncio.sleep(chance.uniform(5, 10))
    finally:
        away.rename(shop.models)


async def clients_drop(shop: Shop, chance: random.Random) -> None:
    """Connections with half a request, and streams that are reset in the middle."""
    for _ in range(20):
        with socket.socket() as line:
            line.connect(("127.0.0.1", shop.stack.ports["web"]))
            line.sendall(
                b'POST /chat/messages HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n{"id'
            )
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    await asyncio.sleep(chance.uniform(0.5, 2))


async def clock_jumps(shop: Shop, chance: random.Random) -> None:
    """The machine's clock is set ahead or back by up to a day, and is then put right."""
    if CLOCK not in shop.stack.environment:
        await asyncio.to_thread(_give_a_clock, shop)
    for seconds in (chance.choice([-86_400, -3_600, -90, 90, 3_600, 86_400]), 0):
        _set_clock(Path(shop.stack.environment[CLOCK]), seconds)
        await asyncio.sleep(chance.uniform(3, 8))


def _give_a_clock(shop: Shop) -> None:
    """Start the shop with a clock of its own (clock.c); the machine's is never touched."""
    library, clock = shop.models.with_name("clock.so"), shop.models.with_name("clock")
    source = Path(__file__).with_name("clock.c")
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", str(library), str(source)], check=True)
    clock.touch()
    _set_clock(clock, 0)
    shop.stack.stop()
    shop.stack.environment.update({"LD_PRELOAD": str(library), CLOCK: str(clock)})
    shop.stack.start()


def _set_clock(clock: Path, seconds: int) -> None:
    with clock.open("r+b", buffering=0) as file:
        file.write(struct.pack("q", seconds))


def all_faults() -> Iterator[tuple[str, Fault]]:
    """Each by its name, the quick ones first."""
    for fault in (
        clients_drop, started_again, restored_meanwhile, web_killed, actions_killed, orders_down, database_locked, disk_full,
        orders_slow, orders_dead, files_used_up,
        actions_hang, actions_dead, actions_rubbish, index_corrupted, dialogue_killed, model_missing,
        model_cut, shop_half_written, web_hangs, actions_hang_for_good, dialogue_hangs,
        disk_read_only, supervisor_killed, clock_jumps,
    ):  # fmt: skip
        yield fault.__name__, fault
