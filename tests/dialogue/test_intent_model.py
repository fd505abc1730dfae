"""The classifier of intents: what it leaves out of a message, and how sure it is."""

from pathlib import Path

import pytest

from bot.dialogue.components import tuning
from bot.dialogue.components.intent_model import (
    IntentModel,
    Method,
    bare,
    side_by_side,
    words_of,
)
from recommender.embedder import Embedder
from tests.dialogue.test_nlu_data import DATA

SAID = {
    "order_status": [
        "where is my parcel", "has my order shipped", "when will it arrive", "track my package",
        "any news on my delivery", "my order still isn't here",
    ],
    "cancel_order": [
        "cancel my order", "i want to call off my purchase", "please stop the order", "undo what i bought",
        "don't send it, i changed my mind", "i no longer want the order",
    ],
    "opening_hours": [
        "when are you open", "what time do you close", "are you open on sunday", "opening times",
        "is the store open tonight", "until when can i come by",
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return Embedder()


@pytest.fixture(scope="module")
def model(embedder: Embedder) -> IntentModel:
    texts = [text for said in SAID.values() for text in said]
    return IntentModel.trained(texts, [i for i in SAID for _ in SAID[i]], embedder)


def first(model: IntentModel, text: str) -> tuple[str, float]:
    return model(text)[0]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("hi, um where is my parcel pls 🙂", "where is my parcel"),
        ("Hello! I'd like to return shoes, please.", "I'd like to return shoes"),
        ("oh also, do you ship to Ireland if you don't mind", "do you ship to Ireland"),
        ("hi there", "hi there"),
        ("cancel pls", "cancel"),
        ("um yes", "yes"),
        ("hi team", "hi team"),
        ("that's all.", "that's all"),
        ("ok thanks", "ok thanks"),
        ("well-made boots", "well-made boots"),
        ("❤️❤️", "❤️❤️"),
        ("show me yoyo balls", "show me yoyo balls"),
        ("hi " * 50 + "where is my parcel" + " pls" * 20, "where is my parcel"),
        (
            f"where is my parcel{' ' * 3000}it is late pls",
            f"where is my parcel{' ' * 3000}it is late",
        ),
    ],
)
def test_what_stands_around_a_wish_is_left_out(text: str, kept: str) -> None:
    assert bare(text) == kept


@pytest.mark.parametrize("text", ["wheres my packge", "hey um has it been shipped yet plz 🙏"])
def test_slips_and_fillers_do_not_matter(model: IntentModel, text: str) -> None:
    assert first(model, text)[0] == "order_status"


def test_a_strange_message_leaves_it_less_sure_than_one_of_its_kind(model: IntentModel) -> None:
    known = [first(model, text) for text in ("where's my order", "what are your hours")]
    strange = [
        first(model, text)
        for text in ("the capital of mongolia", "integrate x squared", "my cat sings opera")
    ]
    assert min(sure for _, sure in known) > 0.5 > max(sure for _, sure in strange)


def test_what_was_saved_answers_alike(
    model: IntentModel, embedder: Embedder, tmp_path: Path
) -> None:
    model.save(tmp_path)
    again = IntentModel.load(tmp_path, Method(), embedder)
    for text in ("call it off", "are you open now"):
        assert again(text) == model(text)


def test_two_intents_and_single_utterances_are_enough(embedder: Embedder) -> None:
    model = IntentModel.trained(["hello you", "so long then"], ["greet", "goodbye"], embedder)
    assert first(model, "hello friend")[0] == "greet"
    assert first(model, "goodbye now")[0] == "goodbye"


def test_few_utterances_of_many_intents_tune_the_encoder(
    embedder: Embedder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With five of each of 20 of the demo shop's intents; all that it has are too many for that."""
    monkeypatch.setattr(tuning, "STEPS", 10)
    said = [(text, intent) for intent in sorted(DATA)[:20] for text in DATA[intent][:30:6]]
    texts, intents = [text for text, _ in said], [intent for _, intent in said]
    progress: list[tuple[str, int, int]] = []
    model = IntentModel.trained(
        texts, intents, embedder, folder=tmp_path, progress=lambda *told: progress.append(told)
    )
    assert [what for what, _, _ in progress] == [
        *["on two thirds, as a trial"] * 10, *["on all utterances"] * 10
    ]  # fmt: skip
    model.save(tmp_path)
    again = IntentModel.load(tmp_path, Method(), embedder)
    for text in ("where did my package go", "call it off", "are you a robot"):
        assert again(text) == model(text)
        embedded = side_by_side(*(one[0] for one in embedder.encode_with_tones([text])))
        assert again(text, embedded) == again(text), "the plain encoder's vectors were used"


def test_many_utterances_do_not(embedder: Embedder, tmp_path: Path) -> None:
    texts = [text for said in SAID.values() for text in said]
    intents = [i for i in SAID for _ in SAID[i]]
    model = IntentModel.trained(texts, intents, embedder, Method(tune_up_to=5), folder=tmp_path)
    model.save(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["intents.npz"]


@pytest.mark.parametrize(
    ("name", "words"),
    [("cancel_order", "cancel order"), ("cancelOrder", "cancel order"), ("EMI", "emi"), ("?", "?")],
)
def test_names_are_read_as_words(name: str, words: str) -> None:
    assert words_of(name) == words
