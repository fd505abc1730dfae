"""Understanding: entities by rules, and intents and sentiment on messages never trained on."""

from pathlib import Path

import pytest
import yaml

from bot.dialogue.components.entities import ShopEntityExtractor, _patterns
from bot.paths import REPOSITORY
from bot.sentiment import SentimentAnalyser, read_messages
from bot.settings import get_settings


def found(text: str) -> dict:
    return {one["entity"]: one["value"] for one in _patterns(text)}


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("where is HF-10234?", "HF-10234"),
        ("hf10234 please", "HF10234"),
        ("hf 10234", "HF-10234"),
        ("order #10234", "10234"),
        ("my order number is 10234", "10234"),
        ("10234", "10234"),
        ("it's 10234", "10234"),
        ("10234 and anna@example.com", "10234"),
    ],
)
def test_order_numbers(text: str, number: str) -> None:
    assert found(text)["order_number"] == number


@pytest.mark.parametrize(
    "text",
    [
        "under 100",
        "between 2000 and 3000 euros",
        "born in 1984",
        "size 42",
        "500 ml",
        "call 0205550134 now",
        "64gb",
        "tops 1000 euros max",
    ],
)
def test_other_numbers_are_no_orders(text: str) -> None:
    assert "order_number" not in found(text)


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("what about r-7k3m-9qxd?", {"reference": "R-7K3M-9QXD"}),
        ("R 2345 6789 please", {"reference": "R-2345-6789"}),  # and no order number
        ("R-7K3M-9QX", {"reference": "R-7K3M-9QX"}),  # misread: said to be unknown
        ("r-1234-abcd", {"reference": "R-1234-ABCD"}),
        ("R-7K3M and X-R-7K3M-9QXD", {}),
        ("hf-10222 and R-7K3M-9QXD", {"order_number": "HF-10222", "reference": "R-7K3M-9QXD"}),
    ],
)
def test_references_of_requests(text: str, known: dict[str, str]) -> None:
    assert found(text) == known


@pytest.mark.parametrize("text", ["+32 470 12 34 56", "ring me on 0031 (0)20-624 1111 please"])
def test_a_phone_number_is_no_order(text: str) -> None:
    entities = found(text)
    assert text.find(entities["phone"]) >= 0 and "order_number" not in entities
    assert found("HF-10234 and +32 470 12 34 56")["order_number"] == "HF-10234"


def test_emails_are_lower_case_and_hold_no_order_number() -> None:
    assert found("I'm Anna.Bakker12345+shop@Mail.Example.COM.") == {
        "email": "anna.bakker12345+shop@mail.example.com"
    }


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("the second one", 2),
        ("2nd please", 2),
        ("the last one", -1),
        ("number 3", 3),
        ("option two", 2),
    ],
)
def test_places_in_a_list(text: str, place: int) -> None:
    assert found(text)["ordinal"] == place


@pytest.mark.parametrize(
    "text", ["last week", "the first time", "my first order", "number 33", "how long do they last"]
)
def test_what_is_no_place(text: str) -> None:
    assert "ordinal" not in found(text)


def test_the_extractor_follows_the_catalogue(settings, monkeypatch, catalogue_file: Path) -> None:
    from rasa.shared.nlu.training_data.message import Message

    from recommender.catalogue.ingest import ingest
    from tests.recommender.fakes import FakeEmbedder

    monkeypatch.setattr(get_settings, "kept", settings)
    extractor = ShopEntityExtractor({})

    def entities(text: str) -> dict:
        (message,) = extractor.process([Message({"text": text})])
        return {one["entity"]: one["value"] for one in message.get("entities")}

    assert entities("a red spoon under 20") == {
        "colour": "red",
        "price": {"min": None, "max": 20.0},
    }
    with catalogue_file.open("a") as file:
        file.write("Z1,Tea Spoon,,Silverlake,Kitchen > Spoons,5,EUR,,,,1,,,\n")
    ingest(catalogue_file, settings.catalogue_dir, embedder=FakeEmbedder())
    assert entities("a red spoon by silverlake")["category"] == "spoons"
    assert entities("a red spoon by silverlake")["brand"] == "silverlake"


def test_sizes_and_things_before_a_price_are_no_order_numbers(settings, monkeypatch) -> None:
    from recommender.catalogue.ingest import ingest
    from tests.recommender.fakes import FakeEmbedder

    monkeypatch.setattr(get_settings, "kept", settings)
    ingest(
        settings.shop_file.parent / "products.csv", settings.catalogue_dir, embedder=FakeEmbedder()
    )
    extractor = ShopEntityExtractor({})

    def entities(text: str) -> dict:
        return {one["entity"]: one["value"] for one in extractor.entities(text)}

    for text in ("a jacket in XL 1000 euros", "a jacket, XL 1000 or so", "jacket XL 1000-1200"):
        assert "order_number" not in entities(text)
        assert entities(text)["size"] == "XL" and "price" in entities(text)
    assert entities("a mug 1500 max")["price"] == {"min": None, "max": 1500}
    for text, number in (("hf 10234", "HF-10234"), ("order 10234", "10234")):
        assert entities(text)["order_number"] == number


@pytest.fixture(scope="module")
def nlu():
    """The trained pipeline, as Rasa runs it."""
    import asyncio

    from rasa.core.agent import Agent

    from bot.service.training import train

    agent = Agent.load(str(train(get_settings(), print)))
    loop = asyncio.new_event_loop()
    yield lambda text: loop.run_until_complete(agent.parse_message(text))
    loop.close()


def test_intents_of_messages_never_trained_on(nlu) -> None:
    holdout = yaml.safe_load((REPOSITORY / "tests/data/nlu_holdout.yml").read_text())
    wrong = [
        (text, intent, nlu(text)["intent"]["name"])
        for intent, texts in holdout.items()
        for text in texts
        if nlu(text)["intent"]["name"] != intent
    ]
    total = sum(map(len, holdout.values()))
    assert 1 - len(wrong) / total >= 0.85, wrong


def test_a_message_carries_its_sentiment(nlu) -> None:
    for text, label in (
        ("this is wonderful, thank you so much", "positive"),
        ("my parcel never came and nobody answers, terrible", "negative"),
        ("do you ship to Belgium?", "neutral"),
    ):
        sentiment = nlu(text)["sentiment"]
        assert sentiment["label"] == label and -1 <= sentiment["score"] <= 1


def test_sentiment_examples_are_all_readable() -> None:
    texts, labels = read_messages(REPOSITORY / "nlu_data/sentiment/messages.tsv")
    assert len(texts) == len(set(texts)) >= 300 and set(labels) == {
        "positive",
        "negative",
        "neutral",
    }


def test_rules_alone_work_without_a_head() -> None:
    assert SentimentAnalyser()("this is terrible and sad").label == "negative"
    assert (
        SentimentAnalyser()("not good " + "😀" * 100_000).label == "positive"
    )  # comes back at all


@pytest.mark.parametrize("changed", ["intent_model.py", "tuning.py", "spelling.py"])
def test_training_again_learns_again_when_what_learns_has_changed(
    changed: str, tmp_path: Path, monkeypatch
) -> None:
    """Rasa's cache compares the component's own class alone."""
    import shutil

    import bot.dialogue.components.classifier as module

    before = module.EmbeddingIntentClassifier.fingerprint_addon({})
    shutil.copytree(module.HERE, tmp_path / "components")
    monkeypatch.setattr(module, "HERE", tmp_path / "components")
    assert module.EmbeddingIntentClassifier.fingerprint_addon({}) == before
    (tmp_path / "components" / changed).write_text("# something else\n")
    assert module.EmbeddingIntentClassifier.fingerprint_addon({}) != before


def test_training_again_learns_again_with_another_embedding_model(monkeypatch) -> None:
    import bot.dialogue.components.featurizer as module
    from recommender.embedder import Embedder

    before = module.MiniLMFeaturizer.fingerprint_addon({})
    monkeypatch.setattr(module, "shared_embedder", lambda: Embedder("another/model"))
    assert module.MiniLMFeaturizer.fingerprint_addon({}) != before
