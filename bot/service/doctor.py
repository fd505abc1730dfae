"""What `shoptalk doctor` looks at."""

import shutil
import sqlite3
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version

from bot.errors import ConfigError, StartError, StoreError
from bot.mail import Mailer, MailFailed
from bot.privacy.vault import KEYS, vault_in
from bot.service.supervisor import check_ports
from bot.service.training import damage, wanted_model
from bot.settings import Settings
from bot.system.open_files import FEWEST, most_open_files
from bot.transcripts.tracker import latest_said
from recommender.catalogue.ingest import read_manifest
from recommender.embedder import Embedder
from recommender.errors import NoCatalogue

PACKAGES = ("rasa", "sanic", "spacy", "torch", "sentence-transformers", "faiss-cpu", "sqlite-utils")
FREE_GB = 1.0


@dataclass(frozen=True)
class Check:
    """One thing that was looked at."""

    name: str
    ok: bool
    detail: str


def checks(settings: Settings) -> Iterator[Check]:
    """Everything that can be checked without starting anything."""
    found = "{}.{}.{}".format(*sys.version_info[:3])
    yield Check("python", sys.version_info[:2] == (3, 11), found)
    yield Check("packages", True, ", ".join(f"{name} {version(name)}" for name in PACKAGES))
    yield Check("shop", True, f"{settings.shop.name}: {settings.shop_file}")
    origins = settings.shop.widget.origins
    said = (
        ", ".join(origins) or "any site may show the chat; widget.origins in shop.yml names yours"
    )
    yield Check("origins", True, said)
    keys = settings.secrets_file
    private = not keys.exists() or not keys.stat().st_mode & 0o077
    yield Check(
        "secrets", private, "private" if private else f"chmod 600 {keys}: others can read it"
    )
    yield _mail(settings)
    model = wanted_model(settings)
    fault = damage(model) if model.exists() else "not there"
    said = f"{model.name}: {fault}; `shoptalk train` trains it" if fault else model.name
    yield Check("model", not fault, said)
    encoder = Embedder(settings.embedding_model, settings.device)
    said = "whole" if encoder.is_whole else "not there or damaged; the next start exports it"
    yield Check("encoder", encoder.is_whole, said)
    try:
        manifest = read_manifest(settings.catalogue_dir)
        products = manifest["read"] - len(manifest["errors"])
        yield Check("index", True, f"{products} products from {manifest['source']}")
    except NoCatalogue as error:
        yield Check("index", False, str(error))
    for name in ("transcripts_db", "tracker_db", "web_db", "staff_db", "guard_db", "orders_db"):
        yield _database(name.replace("_db", ""), getattr(settings, name))
    yield _keys(settings)
    files = most_open_files()
    yield Check("files", files.allowed >= FEWEST, files.words)
    free = shutil.disk_usage(settings.shop_dir).free / 1e9
    yield Check("disk", free >= FREE_GB, f"{free:.1f} GB free")
    try:
        check_ports(settings)
        yield Check("ports", True, "free")
    except StartError as error:
        yield Check("ports", False, f"{error.message} (fine when that is Shoptalk itself)")


def _mail(settings: Settings) -> Check:
    """Whether the mail server takes the shop's mails; none is sent."""
    try:
        mailer = Mailer.from_settings(settings)
        if mailer is None:
            return Check("mail", True, "not set up: codes are not mailed, staff see to proofs")
        return Check("mail", True, mailer.check())
    except (ConfigError, MailFailed) as error:
        return Check("mail", False, str(error))


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
