"""Settings: one table of environment variables, and the shop's own file, as frozen objects.

This module is the only reader of both. `get_settings()` is what the rest of the code uses.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from bot.errors import ConfigError
from bot.once import Once
from bot.paths import REPOSITORY
from bot.settings.keys import Secrets, read_keys
from bot.settings.shop import Shop, load_shop

# Set by `shoptalk up` for its processes: the copy of shop.yml that it has checked.
KEPT_SHOP = "SHOPTALK_KEPT_SHOP"


def _port(text: str) -> int:
    return _whole(text, 1, 65535, "a port")


def _count(text: str) -> int:
    return _whole(text, 0, 10, "a count")


def _whole(text: str, least: int, most: int, what: str) -> int:
    if not text.isascii() or not text.isdigit() or not least <= int(text[:9]) <= most:
        raise ValueError(f"{what} is a number from {least} to {most}")
    return int(text)


def _log_form(text: str) -> str:
    if text not in ("text", "json"):
        raise ValueError("logs are text or json")
    return text


def _port_or_none(text: str) -> int:
    return 0 if text == "0" else _port(text)


class Setting(NamedTuple):
    """One environment variable: its name, default, reader and a line of help."""

    name: str
    default: str
    read: Callable[[str], Any]
    help: str

    @property
    def env(self) -> str:
        """The name of the environment variable."""
        return f"SHOPTALK_{self.name.upper()}"


SETTINGS = (
    Setting("shop", "bot/demo/shop.yml", str, "the shop.yml of the shop to serve"),
    Setting("var", "", str, "folder of databases, index and secrets; empty: var/ beside shop.yml"),
    Setting("host", "127.0.0.1", str, "the address the web process listens on"),
    Setting("web_port", "8000", _port, "port of the web process, the only one that faces people"),
    Setting("console_port", "0", _port_or_none, "port of the staff's console; 0: the web port"),
    Setting("dialogue_port", "5005", _port, "port of Rasa, on the loopback address only"),
    Setting("actions_port", "5055", _port, "port of the action server, on loopback only"),
    Setting("proxies", "0", _count, "reverse proxies in front, each of which adds X-Forwarded-For"),
    Setting("log", "text", _log_form, "how logs are written: text for people, json for programs"),
    Setting("models", "models", str, "folder of trained Rasa models"),
    Setting("embedding_model", "", str, "a sentence-transformers model; empty: the bundled MiniLM"),
    Setting("device", "cpu", str, "where the embedding model runs: cpu, cuda, mps"),
)


@dataclass(frozen=True)
class Settings:
    """All that the processes need to know: the shop, the ports and where things are kept."""

    shop: Shop
    shop_file: Path
    var: Path
    host: str = "127.0.0.1"
    web_port: int = 8000
    console_port: int = 0
    dialogue_port: int = 5005
    actions_port: int = 5055
    proxies: int = 0
    log: str = "text"
    models: Path = REPOSITORY / "models"
    embedding_model: str = ""
    device: str = "cpu"

    @property
    def shop_dir(self) -> Path:
        """The folder of shop.yml; paths in it are relative to this folder."""
        return self.shop_file.parent

    @property
    def kept_shop_file(self) -> Path:
        """shop.yml as it was at the start of what runs now; see `keep_shop`."""
        return self.var / "shop.kept.yml"

    @property
    def policy_files(self) -> dict[str, Path]:
        """The shop's pages by name."""
        return {name: self.shop_dir / page.file for name, page in self.shop.policies.items()}

    def pages_in(self, language: str) -> dict[str, Path]:
        """The shop's pages by name, each in a language where it has a file in it: returns.de.md beside returns.md."""
        beside = {
            name: path.with_suffix(f".{language}{path.suffix}")
            for name, path in self.policy_files.items()
        }
        return {
            name: beside[name] if beside[name].is_file() else path
            for name, path in self.policy_files.items()
        }

    @property
    def catalogue_dir(self) -> Path:
        """Where the product index lives."""
        return self.var / "catalogue"

    @property
    def platform_dir(self) -> Path:
        """What a live platform said last."""
        return self.var / "platform"

    @property
    def transcripts_db(self) -> Path:
        """The SQLite file of the transcripts."""
        return self.var / "transcripts.db"

    @property
    def tracker_db(self) -> Path:
        """Rasa's tracker store: the source of truth of what was said."""
        return self.var / "tracker.db"

    @property
    def web_db(self) -> Path:
        """The web process's inbox and streams."""
        return self.var / "web.db"

    @property
    def surveys_db(self) -> Path:
        """Survey campaigns and their answers."""
        return self.var / "surveys.db"

    @property
    def surveys_dir(self) -> Path:
        """The folder of the shop's campaigns."""
        return self.shop_dir / "surveys"

    @property
    def campaigns_db(self) -> Path:
        """People as campaigns know them, what they agreed to, and what was sent to them."""
        return self.var / "campaigns.db"

    @property
    def campaigns_dir(self) -> Path:
        """The folder of the shop's campaigns, journeys and segments."""
        return self.shop_dir / "campaigns"

    @property
    def staff_db(self) -> Path:
        """Staff accounts, their work on conversations, and the audit log."""
        return self.var / "staff.db"

    @property
    def insights_db(self) -> Path:
        """Market research: topics, labels, imported feedback."""
        return self.var / "insights.db"

    @property
    def guard_db(self) -> Path:
        """Guesses, codes and counts of attacks, as keyed hashes."""
        return self.var / "guard.db"

    @property
    def reviewed_file(self) -> Path:
        """Staff's corrections as Rasa NLU data; `shoptalk train --with-reviewed` takes them on."""
        return self.var / "reviewed" / "nlu.yml"

    @property
    def learnt_file(self) -> Path:
        """The corrections that the model in use was trained with."""
        return self.var / "reviewed" / "learnt.yml"

    @property
    def orders_db(self) -> Path:
        """Orders imported from the shop's CSV."""
        return self.var / "orders.db"

    @property
    def console_url(self) -> str:
        """Where staff find the console."""
        return f"http://{self.host}:{self.console_port or self.web_port}/console"

    @property
    def dialogue_url(self) -> str:
        """Where the web process reaches Rasa."""
        return f"http://127.0.0.1:{self.dialogue_port}"

    @property
    def actions_url(self) -> str:
        """Where Rasa reaches the action server."""
        return f"http://127.0.0.1:{self.actions_port}/webhook"

    @property
    def actions_ready_url(self) -> str:
        """Where the action server says whether it has all that it needs."""
        return f"http://127.0.0.1:{self.actions_port}/ready"

    @property
    def secrets_file(self) -> Path:
        """The shop's keys."""
        return self.var / "secrets.json"

    def secrets(self) -> Secrets:
        """The shop's keys as they are now, made at first use. Raises ConfigError."""
        return read_keys(self.secrets_file)


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Settings from environment variables (see `SETTINGS`) and the shop.yml that they name.

    Raises ConfigError that names the variable, or the line of shop.yml, and what was wrong.
    """
    values: dict[str, Any] = {}
    for setting in SETTINGS:
        text = environment.get(setting.env) or setting.default
        try:
            values[setting.name] = setting.read(text)
        except ValueError as error:
            raise ConfigError(f"{setting.env}={text!r} can't be used: {error}.") from error
    shop_file = _absolute(values.pop("shop"))
    var = values.pop("var")
    kept = environment.get(KEPT_SHOP)
    return Settings(
        shop=load_shop(shop_file, Path(kept) if kept else None),
        shop_file=shop_file,
        var=_absolute(var) if var else shop_file.parent / "var",
        models=_absolute(values.pop("models")),
        **values,
    )


def named_shop_file(environment: Mapping[str, str]) -> Path:
    """The shop.yml that the environment names, whether it is there or not."""
    (setting,) = (one for one in SETTINGS if one.name == "shop")
    return _absolute(environment.get(setting.env) or setting.default)


def keep_shop(settings: Settings) -> Path:
    """Keep a copy of shop.yml for processes that are started with `KEPT_SHOP`; returns it.

    They are started again when they die, maybe while somebody is writing the file. Raises
    ConfigError.
    """
    kept = settings.kept_shop_file
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_bytes(settings.shop_file.read_bytes())
    load_shop(settings.shop_file, kept)  # it may have changed since it was checked
    return kept


def shop_has_changed(settings: Settings) -> bool:
    """Whether shop.yml is another one than what runs uses."""
    try:
        return settings.shop_file.read_bytes() != settings.kept_shop_file.read_bytes()
    except OSError:
        return True


def _absolute(path: str) -> Path:
    """A relative path counts from the working folder when it exists there, else from the code."""
    given = Path(path).expanduser()
    if given.is_absolute() or given.exists():
        return given.resolve()
    return REPOSITORY / given


@Once
def get_settings() -> Settings:
    """The settings of this process, read once."""
    return read_settings(os.environ)
