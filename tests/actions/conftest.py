"""What every action meets: a guard of its own, and no mail server unless a test sets one up."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from actions.backends import get_guard, get_orders, get_passages, get_recommender
from bot.guard.store import Guard
from bot.settings import Settings, get_settings
from recommender import Recommender
from recommender.catalogue.ingest import ingest
from recommender.catalogue.reading import Catalogue
from recommender.passages import Passages
from recommender.request.vocabulary import Vocabulary
from tests.actions.conversation import Conversation, set_clock
from tests.actions.fakes import FakeOrders
from tests.recommender.fakes import FakeEmbedder


class Clock:
    """A time that goes on when it is told to."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(autouse=True)
def guard(tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Guard]:
    """Counts guesses in a folder of its own."""
    opened = Guard(tmp_path / "guard" / "guard.db", clock)
    monkeypatch.setattr(get_guard, "kept", opened)
    yield opened
    opened.close()


@pytest.fixture
def shop(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> FakeOrders:
    """The backends of the actions, replaced: a small catalogue and orders in memory."""
    ingest(settings.shop_dir / "products.csv", settings.catalogue_dir, embedder=FakeEmbedder())
    orders = FakeOrders()
    set_clock(monkeypatch, "2026-11-22T12:00")  # a Sunday
    recommender = Recommender.open(settings.catalogue_dir, FakeEmbedder())
    monkeypatch.setattr(get_settings, "kept", settings)
    monkeypatch.setattr(get_orders, "kept", orders)
    monkeypatch.setattr(get_recommender, "kept", recommender)
    monkeypatch.setattr(get_passages, "kept", Passages(settings.policy_files, FakeEmbedder()))
    return orders


@pytest.fixture
def chat(shop: FakeOrders, settings: Settings) -> Conversation:
    return Conversation(Vocabulary.from_catalogue(Catalogue.open(settings.catalogue_dir)))
