"""Danger is heard in words never trained on, and what only sounds like it is not."""

import asyncio
import random
import string
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import yaml
from rasa.core.agent import Agent

from bot.dialogue.components.danger import TOKENS
from bot.dialogue.components.danger_model import LABELS, OTHERS, OWN, DangerModel, Method
from bot.dialogue.grave import DANGER
from bot.dialogue.language import language_of
from bot.dialogue.understanding import understand
from bot.errors import ConfigError
from bot.paths import REPOSITORY
from bot.sentiment import read_messages
from bot.service.training import train
from bot.settings import get_settings
from bot.spoken import speaking
from recommender.embedder import _Onnx
from tests.dialogue.test_understanding import tracker

MESSAGES = yaml.safe_load((REPOSITORY / "tests/data/danger.yml").read_text(encoding="utf-8"))
IN_LONG = yaml.safe_load((REPOSITORY / "tests/data/danger_in_long.yml").read_text(encoding="utf-8"))
HELD_OUT = yaml.safe_load(
    (REPOSITORY / "tests/data/danger_held_out.yml").read_text(encoding="utf-8")
)
BY_PRODUCTS = yaml.safe_load(
    (REPOSITORY / "tests/data/danger_by_products.yml").read_text(encoding="utf-8")
)
BY_IDIOMS = yaml.safe_load(
    (REPOSITORY / "tests/data/danger_by_idioms.yml").read_text(encoding="utf-8")
)
BY_MEANS = yaml.safe_load(
    (REPOSITORY / "tests/data/danger_by_means.yml").read_text(encoding="utf-8")
)

BY_QUESTIONS = yaml.safe_load(
    (REPOSITORY / "tests/data/danger_by_questions.yml").read_text(encoding="utf-8")
)


@pytest.fixture(scope="module")
def agent() -> Agent:
    """With the model that the shop has."""
    return Agent.load(str(train(get_settings(), print)))


@pytest.fixture(scope="module")
def intent_of(agent: Agent) -> Iterator[Callable[..., str]]:
    """What a message is heard as, with all that understanding does."""
    loop = asyncio.new_event_loop()

    def heard(text: str, before: Any = None) -> str:
        with speaking(language_of(text, "en", first=True) or "en"):
            (first, *_) = loop.run_until_complete(understand(agent.processor, before, text))
        return str(first["intent"]["name"])

    yield heard
    loop.close()


@pytest.fixture(scope="module")
def is_danger(intent_of: Callable[..., str]) -> Callable[[str], bool]:
    """Whether a message is heard as danger."""
    return lambda text: intent_of(text) in DANGER


@pytest.mark.parametrize("part", MESSAGES)
def test_most_danger_is_heard_and_little_else(is_danger: Callable[[str], bool], part: str) -> None:
    real = [text for kind in DANGER for text in MESSAGES[part].get(kind, ())]
    missed = [text for text in real if not is_danger(text)]
    taken = [text for text in MESSAGES[part]["not_danger"] if is_danger(text)]
    assert len(missed) <= 0.15 * len(real), missed
    assert len(taken) <= 0.15 * len(MESSAGES[part]["not_danger"]), taken


@pytest.mark.parametrize(
    "said", [*HELD_OUT.values(), *BY_PRODUCTS.values()], ids=[*HELD_OUT, *(f"products {one}" for one in BY_PRODUCTS)]
)  # fmt: skip
def test_danger_is_heard_in_each_language_and_shopping_talk_is_left_alone(
    intent_of: Callable[..., str], said: dict[str, list[str]]
) -> None:
    heard = {kind: [(text, intent_of(text)) for text in texts] for kind, texts in said.items()}
    real = [(kind, *one) for kind in DANGER for one in heard.get(kind, ())]
    missed = [one for one in real if one[2] not in DANGER]
    otherwise = [one for one in real if one[2] in DANGER and one[2] != one[0]]
    taken = [one for one in heard["not_danger"] if one[1] in DANGER]
    assert len(missed) <= 0.15 * len(real), missed
    assert len(otherwise) <= 0.2 * len(real), otherwise
    assert len(taken) <= 0.15 * len(heard["not_danger"]), taken


@pytest.mark.parametrize("said", BY_IDIOMS.values(), ids=BY_IDIOMS)
def test_hyperbole_chewed_things_and_sad_stories_are_left_alone(
    is_danger: Callable[[str], bool], said: dict[str, list[str]]
) -> None:
    real = [text for kind in DANGER for text in said[kind]]
    missed = [text for text in real if not is_danger(text)]
    taken = [text for text in said["not_danger"] if is_danger(text)]
    assert len(missed) <= 0.15 * len(real), missed
    assert len(taken) <= 0.15 * len(said["not_danger"]), taken


def test_means_doses_poison_and_cutting_are_heard_and_kitchen_and_laundry_are_left_alone(
    is_danger: Callable[[str], bool],
) -> None:
    real = [text for said in BY_MEANS.values() for kind in DANGER for text in said.get(kind, ())]
    other = [text for said in BY_MEANS.values() for text in said["not_danger"]]
    missed = [text for text in real if not is_danger(text)]
    taken = [text for text in other if is_danger(text)]
    assert len(missed) <= 0.2 * len(real), missed
    assert len(taken) <= 0.1 * len(other), taken


def test_what_is_asked_of_goods_is_left_alone_and_danger_beside_it_is_heard(
    is_danger: Callable[[str], bool],
) -> None:
    real = [text for said in BY_QUESTIONS.values() for kind in DANGER for text in said[kind]]
    other = [text for said in BY_QUESTIONS.values() for text in said["not_danger"]]
    missed = [text for text in real if not is_danger(text)]
    taken = [text for text in other if is_danger(text)]
    assert len(missed) <= 0.1 * len(real), missed
    assert len(taken) <= 0.1 * len(other), taken


def test_danger_in_one_clause_of_many_is_heard(is_danger: Callable[[str], bool]) -> None:
    messages = IN_LONG["long"]
    missed = [text for kind in DANGER for text in messages.get(kind, ()) if not is_danger(text)]
    taken = [text for text in messages["not_danger"] if is_danger(text)]
    assert len(missed) <= 1, missed
    assert len(taken) <= 1, taken


@pytest.mark.parametrize(
    ("part", "missed_at_most", "taken_at_most"),
    [("beside_a_request", 0.05, 0.05), ("beside_a_request_unseen", 0.15, 0.3), ("other_languages", 0, 0.07)],
)  # fmt: skip
def test_danger_goes_before_a_request_in_one_breath(
    is_danger: Callable[[str], bool], part: str, missed_at_most: float, taken_at_most: float
) -> None:
    real, other = IN_LONG[part]["danger"], IN_LONG[part]["not_danger"]
    missed = [text for text in real if not is_danger(text)]
    taken = [text for text in other if is_danger(text)]
    assert len(missed) <= missed_at_most * len(real), missed
    assert len(taken) <= taken_at_most * len(other), taken


def test_it_ends_for_who_is_safe_and_for_nobody_else(intent_of: Callable[..., str]) -> None:
    def while_held(text: str) -> str:
        return intent_of(text, tracker(crisis={"kind": "self_harm", "since": 1.0}))

    assert [text for text in IN_LONG["still_in_danger"] if while_held(text) not in DANGER] == []
    safe = IN_LONG["safe"]
    stays = [text for text in safe if while_held(text) != "safe_now"]
    assert len(stays) <= 0.3 * len(safe), stays


def test_a_word_or_two_hold_it_unless_they_are_plainly_safe(intent_of: Callable[..., str]) -> None:
    def while_held(text: str) -> str:
        return intent_of(text, tracker(crisis={"kind": "self_harm", "since": 1.0}))

    for text in ("no", "ok", "yes", "thanks", "not really", "no change", "whatever", "👍"):
        assert while_held(text) in DANGER, text
    for text in ("i'm safe now", "No, I'm safe. Thanks!", "false alarm", "nobody is in danger"):
        assert while_held(text) == "safe_now", text


@pytest.mark.parametrize(
    "text",
    [
        "i don't want my feet to hurt after 5 km", "this price kills me", "dying for coffee",
        "my old lamp died", "i could kill for those boots",
    ],
)  # fmt: skip
def test_sore_feet_are_no_danger(is_danger: Callable[[str], bool], text: str) -> None:
    assert not is_danger(text)
    assert is_danger("i don't want to live anymore")


@pytest.mark.parametrize("language", ["zh", "en", "de", "unknown"])
def test_what_is_encoded_of_a_long_message_is_bounded_and_danger_in_it_is_heard(
    agent: Agent, intent_of: Callable[..., str], monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    """Whatever its words are, and wherever among them danger is said."""
    draw = random.Random(language)
    words = {
        "zh": lambda: draw.choice("我你他是不的了要吗好取消订单退货地址灯杯子红色大小"),
        "en": lambda: draw.choice("my parcel order with red lamps and some new mugs for me at home please".split()) + " ",
        "de": lambda: draw.choice("mein paket mit der roten lampe und neue tassen bestellung adresse bitte".split()) + " ",
        "unknown": lambda: "".join(draw.choice(string.ascii_lowercase) for _ in range(9)) + " ",
    }[language]  # fmt: skip
    said = {
        "zh": "我不想活了",
        "de": "ich will nicht mehr leben",
        "unknown": "",
        "en": "i want to kill myself tonight",
    }
    rest = "".join(words() for _ in range(5000))[:4800]
    encoded: list[int] = []
    run = _Onnx.__call__
    monkeypatch.setattr(
        _Onnx,
        "__call__",
        lambda model, tokens: encoded.append(sum(map(len, tokens))) or run(model, tokens),
    )
    for text in (
        rest,
        rest[:2400] + said[language] + " " + rest[2400:],
        rest + " " + said[language],
    ):
        encoded.clear()
        intent = intent_of(text)
        assert sum(encoded) <= 2.5 * TOKENS, sum(encoded)
        assert (intent in DANGER) or text == rest or not said[language]


@pytest.mark.parametrize(
    ("text", "dangerous"),
    [
        ("mi salón está lleno de humo", True), ("quero morrer", True), ("aiuto brucia tutto", True),
        ("avete candele profumate", False), ("artichoke plates", False), ("quero um candeeiro", False),
    ],
)  # fmt: skip
def test_danger_is_heard_in_a_language_that_its_few_words_dont_tell(
    agent: Agent, text: str, dangerous: bool
) -> None:
    with speaking("en"):
        (first, *_) = asyncio.run(understand(agent.processor, None, text))
    assert (first["intent"]["name"] in DANGER) == dangerous


@pytest.mark.parametrize("method", [OWN, OTHERS])
def test_the_machine_says_of_what_it_learnt_whether_and_which_danger_it_is(method: Method) -> None:
    kinds = np.random.default_rng(1).normal(size=(4, 8))
    vectors = np.repeat(kinds / np.linalg.norm(kinds, axis=1, keepdims=True), 5, axis=0)
    labels = ["self_harm", "emergency", "violence", "none"]
    model = DangerModel.fit(vectors, np.repeat(labels, 5), method)
    measured = model(vectors[::5])
    assert measured[:3].min() > 0 > measured[3]
    for vector, label in zip(vectors[:15:5], labels, strict=False):
        found = model.kinds(vector)
        assert max(found, key=found.__getitem__) == label


def test_messages_that_are_tested_are_never_trained_on(tmp_path) -> None:
    known: list[str] = []
    for path in (REPOSITORY / "nlu_data/danger").glob("*.tsv"):
        known += read_messages(path, LABELS)[0]
    for path in (REPOSITORY / "nlu_data/nlu").glob("**/*.yml"):
        for block in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]:
            known += [line[2:].strip() for line in block["examples"].strip().splitlines()]
    parts = [
        *MESSAGES.values(),
        *(part for part in IN_LONG.values() if isinstance(part, dict)),
        {"held": IN_LONG["still_in_danger"] + IN_LONG["safe"]},
        *HELD_OUT.values(),
        *BY_PRODUCTS.values(),
        *BY_IDIOMS.values(),
        *BY_MEANS.values(),
        *BY_QUESTIONS.values(),
    ]
    tested = [text for part in parts for texts in part.values() for text in texts]
    assert {text.lower() for text in known} & {text.lower() for text in tested} == set()
    assert len(tested) == len(set(tested))


def test_a_label_that_is_none_is_named_with_its_line(tmp_path) -> None:
    bad = tmp_path / "messages.tsv"
    bad.write_text("help\tdanger\nhello\tmaybe\n")
    with pytest.raises(ConfigError, match="line 2"):
        read_messages(bad, LABELS)
