"""What `shoptalk doctor` looks at."""

import os
import shutil
import sqlite3
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import httpx
from dns.resolver import NoResolverConfiguration, Resolver

from bot.campaigns.sender_domain import findings
from bot.checkout.order_file import UNKNOWN, OrdersUnreadable, read_orders
from bot.checkout.orders import item_lines
from bot.errors import ConfigError, StartError, StoreError
from bot.mail import Mailer, MailFailed
from bot.privacy.vault import KEYS, vault_in
from bot.service.supervisor import check_ports
from bot.service.training import damage, wanted_model
from bot.settings import Settings
from bot.system.open_files import FEWEST, most_open_files
from bot.system.var_lock import owner
from bot.transcripts.tracker import latest_said
from recommender.catalogue.ingest import as_kept, read_manifest
from recommender.catalogue.reading import Catalogue
from recommender.embedder import Embedder
from recommender.errors import NoCatalogue

PACKAGES = ("rasa", "sanic", "spacy", "torch", "sentence-transformers", "faiss-cpu", "sqlite-utils")
FREE_GB = 1.0
FILL_IN = "FILL IN"  # marks in a comment of shop.yml what only the shop can know
EXAMPLE = b"EXAMPLE-"  # begins the skus of example products
PLATFORM_KEYS = ("key_env", "secret_env", "token_env")
TOLD = 10  # faults of the orders' file
NAMED = 40  # signs of a sku that is quoted
NOBODY = "doctor@shoptalk.invalid"  # whose orders the orders' service is asked for


@dataclass(frozen=True)
class Check:
    """One thing that was looked at."""

    name: str
    ok: bool
    detail: str
    mend: str = ""  # what to do when it isn't ok: a command, where there is one


def checks(settings: Settings, resolver: Resolver | None = None) -> Iterator[Check]:
    """Everything that can be checked without starting anything; `resolver` is the machine's by default."""
    found = "{}.{}.{}".format(*sys.version_info[:3])
    yield Check("python", sys.version_info[:2] == (3, 11), found)
    yield Check("packages", True, ", ".join(f"{name} {version(name)}" for name in PACKAGES))
    yield Check("shop", True, f"{settings.shop.name}: {settings.shop_file}")
    origins = settings.shop.widget.origins
    said = (
        ", ".join(origins) or "any site may show the chat; widget.origins in shop.yml names yours"
    )
    yield Check("origins", True, said)
    yield from to_fill_in(settings)
    yield from _variables(settings)
    keys = settings.secrets_file
    private = not keys.exists() or not keys.stat().st_mode & 0o077
    said = "private" if private else f"others can read {keys}"
    yield Check("secrets", private, said, f"chmod 600 {keys}")
    yield _mail(settings)
    yield from _sender(settings, resolver)
    model = wanted_model(settings)
    fault = damage(model) if model.exists() else "not there"
    said = f"{model.name}: {fault}" if fault else model.name
    yield Check("model", not fault, said, "shoptalk train")
    encoder = Embedder(settings.embedding_model, settings.device)
    said = "whole" if encoder.is_whole else "not there or damaged"
    yield Check("encoder", encoder.is_whole, said, "shoptalk train exports it")
    try:
        manifest = read_manifest(settings.catalogue_dir)
        products = manifest["read"] - len(manifest["errors"])
        yield Check("index", True, f"{products} products from {manifest['source']}")
        yield from _read_otherwise(settings, manifest)
    except NoCatalogue as error:
        source = settings.shop.catalogue.file
        mend = f"shoptalk ingest {settings.shop_dir / source}" if source else "shoptalk refresh"
        yield Check("index", False, str(error), mend)
    for name in ("transcripts_db", "tracker_db", "web_db", "staff_db", "guard_db", "orders_db"):
        yield _database(name.replace("_db", ""), getattr(settings, name))
    yield _keys(settings)
    files = most_open_files()
    yield Check("files", files.allowed >= FEWEST, files.words)
    free = shutil.disk_usage(settings.shop_dir).free / 1e9
    yield Check("disk", free >= FREE_GB, f"{free:.1f} GB free", f"{FREE_GB:.0f} GB are needed")
    yield from _services(settings)
    yield _ports(settings)


def _read_otherwise(settings: Settings, manifest: dict[str, Any]) -> Iterator[Check]:
    """Whether the file that shop.yml names was read in another way than shop.yml says now."""
    file = settings.shop.catalogue.file
    if not file or manifest["source"] != str((settings.shop_dir / file).resolve()):
        return
    now, then = as_kept(settings.shop.reading), manifest.get("reading") or {}
    other = [name for name in now if now[name] != then.get(name)]
    if other:
        said = f"{file} was read with another {', '.join(other)} than shop.yml says"
        yield Check("read as", False, said, "shoptalk refresh")


def to_fill_in(settings: Settings) -> Iterator[Check]:
    """What `shoptalk init` left to the shop, and that nobody has written yet."""
    lines = settings.shop_file.read_text(encoding="utf-8").splitlines()
    parts = [(str(n), *line.partition("#")[::2]) for n, line in enumerate(lines, 1)]
    marked = [n for n, said, comment in parts if FILL_IN in comment and said.strip()]
    if marked:
        said = f"marked {FILL_IN} in line {', '.join(marked)}"
        mend = f"edit {settings.shop_file}, and take the marks away"
        yield Check("shop.yml", False, said, mend)
    for name, path in settings.policy_files.items():
        empty = empty_sections(path.read_text(encoding="utf-8"))
        if empty:
            said = f"nothing is written under {', '.join(map(repr, empty))}"
            mend = f"edit {path}: a few sentences each, or take the headings away"
            yield Check(f"page {name}", False, said, mend)
    file = settings.shop_dir / (settings.shop.catalogue.file or "-")
    if file.is_file() and EXAMPLE in file.read_bytes()[:4096]:
        mend = f"put your export in place of {file}; `shoptalk ingest --check FILE` shows how it is read"
        yield Check("products", False, "still the examples", mend)
    orders = settings.shop_dir / (settings.shop.orders.file or "-")
    if orders.is_file() and len(orders.read_bytes().split(b"\n")) < 3:
        mend = f"write your orders into {orders}: docs/orders.md"
        yield Check("orders file", False, "no order in it", mend)
    elif check := orders_file(settings):
        yield check


def orders_file(settings: Settings) -> Check | None:
    """What can't be read of the shop's file of orders; None where orders come from elsewhere."""
    source = settings.shop.orders
    if source.source != "csv":
        return None
    path = settings.shop_dir / source.file
    try:
        found = read_orders(path, source.columns, source.statuses)
    except OrdersUnreadable as error:
        return Check("orders file", False, str(error), "docs/orders.md has what is needed")
    unknown = sum(row["status"] == UNKNOWN for row in found.rows)
    said = f"{len(found.rows)} orders in {path}"
    said += f", {unknown} of them with a status that isn't known" if unknown else ""
    said += _not_sold(settings, [row["items"] for row in found.rows])
    more = f"; and {len(found.faults) - TOLD} more" if len(found.faults) > TOLD else ""
    said = "; ".join([said, *found.notes, *found.faults[:TOLD]]) + more
    mend = (
        "mend these lines; of words for a status that are the shop's own `statuses: {word: shipped}` "
        "under orders in shop.yml says what they mean (docs/orders.md)"
    )
    return Check("orders file", not found.faults, said, mend)


def _not_sold(settings: Settings, orders: list[str]) -> str:
    """How many items of orders the catalogue doesn't have: they are gone, or their skus are written otherwise."""
    counted = Counter(sku for items in orders for sku, _ in item_lines(items))
    try:
        catalogue = Catalogue.open(settings.catalogue_dir)
    except NoCatalogue:
        return ""
    with closing(catalogue):
        unknown = [sku for sku in counted if catalogue.get(sku) is None]
    if not unknown:
        return ""
    count = sum(counted[sku] for sku in unknown)
    named = ", ".join(repr(sku[:NAMED]) for sku in unknown[:3]) + (" …" if unknown[3:] else "")
    return (
        f", {count} of {counted.total()} items with a sku that the catalogue doesn't have ({named})"
    )


def empty_sections(markdown: str) -> list[str]:
    """The headings of a page under which nothing stands, of the second level or below."""
    empty, heading, written = [], "", True
    for line in [*markdown.splitlines(), "## end"]:
        if line.startswith("##"):
            if not written:
                empty.append(heading)
            heading, written = line.lstrip("# ").strip(), False
        elif line.strip():
            written = True
    return empty


def _variables(settings: Settings) -> Iterator[Check]:
    """The environment variables that shop.yml names, of which a start without them fails or is lame."""
    shop = settings.shop
    named = {"orders.token_env": shop.orders.token_env}
    if shop.platform:
        named |= {f"platform.{key}": getattr(shop.platform, key) for key in PLATFORM_KEYS}
    for place, variable in named.items():
        if variable and not os.environ.get(variable):
            said = f"{variable} isn't set; shop.yml names it as {place}"
            yield Check(
                "token", False, said, f"export {variable}=…, where `shoptalk up` is started"
            )


def _services(settings: Settings) -> Iterator[Check]:
    """Whether the orders' service and the platform answer, and take our tokens."""
    orders, platform = settings.shop.orders, settings.shop.platform
    if orders.source == "http":
        headers = {"Authorization": f"Bearer {os.environ.get(orders.token_env, '')}"}
        address = f"{orders.url.rstrip('/')}/orders?email={NOBODY}"
        yield _service("orders service", address, headers, orders.timeout_seconds)
    if platform:
        yield _service("platform", platform.url, {}, platform.timeout_seconds)


def _service(name: str, address: str, headers: dict[str, str], seconds: float) -> Check:
    """Asked once, about nobody: anything but a refusal and a fault of its own is an answer."""
    url = httpx.URL(address)
    try:
        status = httpx.get(url, headers=headers, timeout=seconds).status_code
    except httpx.HTTPError as error:
        said = f"{url.host} gives no answer: {type(error).__name__} {error}".strip()
        return Check(name, False, said, f"is it running, and does `curl {url}` reach it from here?")
    if headers and status in (401, 403):
        return Check(
            name, False, f"{url.host} refuses the token", "set the variable to a valid one"
        )
    return Check(name, status < 500, f"{url.host} answers {status}", "its own log says why")


def _ports(settings: Settings) -> Check:
    """Whether the ports are free, or this shop's own service has them."""
    if running := owner(settings.var):
        return Check("ports", True, f"this shop's own service runs: {running}")
    try:
        check_ports(settings)
    except StartError as error:
        return Check("ports", False, error.message, error.hint)
    return Check("ports", True, "free")


def _mail(settings: Settings) -> Check:
    """Whether the mail server takes the shop's mails; none is sent."""
    try:
        mailer = Mailer.from_settings(settings)
        if mailer is None:
            return Check("mail", True, "not set up: codes are not mailed, staff see to proofs")
        return Check("mail", True, mailer.check())
    except (ConfigError, MailFailed) as error:
        return Check("mail", False, str(error))


def _sender(settings: Settings, resolver: Resolver | None) -> Iterator[Check]:
    """What DNS says of the domain in whose name campaigns are sent."""
    if not settings.shop.campaigns.address:
        return
    try:
        resolver = resolver or Resolver()
    except NoResolverConfiguration:
        yield Check("sender", True, "this machine has no DNS, so its records weren't looked up")
        return
    for one in findings(settings.shop, resolver):
        yield Check(one.name, one.ok, one.said, one.mend)


def _keys(settings: Settings) -> Check:
    """Whether what customers wrote can be read with the keys that there are."""
    try:
        if settings.tracker_db.exists():
            latest_said(settings.tracker_db, 1)
        names = vault_in(settings.var).key_names
    except StoreError as error:
        return Check("keys", False, str(error))
    return Check("keys", True, f"{', '.join(names)}: keep a copy of {settings.var / KEYS}")


def _database(name: str, path: object) -> Check:
    from pathlib import Path

    file = Path(str(path))
    if not file.exists():
        return Check(name, True, "not made yet")
    try:
        connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
        result = connection.execute("PRAGMA quick_check").fetchone()[0]
        connection.close()
    except sqlite3.Error as error:
        return Check(name, False, f"{file}: {error}")
    return Check(name, result == "ok", f"{file} ({file.stat().st_size / 1e6:.1f} MB)")
