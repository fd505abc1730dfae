"""What every action meets: a guard of its own, and no mail server unless a test sets one up."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from actions.backends import get_guard, get_orders, get_passages, get_recommender
from actions.shopping import delivering, product_talk, products
from bot.dialogue.named_products import NamedProducts
from bot.guard.store import Guard
from bot.settings import Settings, get_settings
from recommender import Recommender
from recommender.catalogue.ingest import ingest
from recommender.catalogue.reading import Catalogue
from recommender.passages import Passages
from recommender.request.parser import QueryParser
from recommender.request.vocabulary import Vocabulary
from tests.actions.conversation import Conversation, Say, set_clock
from tests.actions.fakes import FakeOrders
from tests.conftest import PRODUCTS
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


MORE = """T2,Ridge Tent,A roomy tent for families,Nordvale,Outdoor > Tents,349.00,EUR,orange,,,2,,,people=4|weight=3.4 kg
T3,Dawn Tent,A tiny tent for one,Saltmark,Outdoor > Tents,289.50,EUR,green,,,0,,,people=1|weight=900 g
C1,Velvet Armchair,A deep chair to read in,Varen,Home > Chairs,410.00,EUR,green,,,3,,,material=velvet|weight=21 kg
C2,Oak Chair,A plain chair for the table,Kiln,Home > Chairs,75.00,EUR,brown,,,6,,,material=oak|weight=6.5 kg
"""
ACTIONS = {
    "search_products": products.ActionSearchProducts(),
    "refine_search": products.ActionRefineSearch(),
    "product_details": product_talk.ActionProductDetails(),
    "compare_products": product_talk.ActionCompareProducts(),
    "product_availability": product_talk.ActionProductAvailability(),
    "price_total": product_talk.ActionPriceTotal(),
    "similar_products": product_talk.ActionSimilarProducts(),
    "delivery_info": delivering.ActionDeliveryInfo(),
}


@pytest.fixture
def catalogue_of_shop(shop_dir: Path) -> None:
    """The small shop with two more tents, two chairs, and weights."""
    weighed = PRODUCTS.replace("people=2\n", "people=2|weight=2.1 kg\n")
    (shop_dir / "products.csv").write_text(weighed + MORE, encoding="utf-8")


@pytest.fixture
def say(catalogue_of_shop: None, chat: Conversation, settings: Settings) -> Say:
    """Says a text under an intent, with the entities that the dialogue finds in it."""
    names, parser = NamedProducts(settings.catalogue_dir), QueryParser(chat.vocabulary)

    def entities_in(text: str) -> list[dict[str, Any]]:
        message = names.read(text)
        others = [one.as_entity() for one in parser.mentions(message.spoken)]
        placed = [(one, message.place(one["start"], one["end"])) for one in others]
        return [
            *message.entities,
            *({**one, "start": place[0], "end": place[1]} for one, place in placed if place),
        ]

    def said(
        intent: str,
        text: str,
        *more: dict[str, Any],
        page: str = "",
        cart: dict[str, int] | None = None,
    ) -> dict[str, Any]:
        seen: dict[str, Any] = {"product": {"ids": [page]}} if page else {}
        if cart:
            seen["cart"] = [{"sku": sku, "quantity": count} for sku, count in cart.items()]
        return chat.say(
            ACTIONS[intent], text, [*entities_in(text), *more],
            intent={"name": intent, "confidence": 0.9}, metadata={"page": seen} if seen else {},
        )  # fmt: skip

    return said


@pytest.fixture
def first_wording(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of each text the first wording, so that whole answers can be compared."""
    from actions import texts

    known = {name: said[:1] for name, said in texts.texts().items()}
    monkeypatch.setattr(texts, "texts", lambda: known)
