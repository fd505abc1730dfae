"""The training data: enough of it, balanced, without near-copies."""

import re
from collections import Counter
from difflib import SequenceMatcher

import pytest
import yaml

from bot.paths import REPOSITORY

DATA: dict[str, list[str]] = {}  # of each intent the utterances of all files
for _path in sorted((REPOSITORY / "nlu_data" / "nlu").glob("*.yml")):
    for _block in yaml.safe_load(_path.read_text())["nlu"]:
        DATA.setdefault(_block["intent"], []).extend(
            line[2:].strip() for line in _block["examples"].strip().splitlines()
        )
NEAR_COPY = 0.93
SHOPPING = ("search_products", "product_details", "refine_search")  # said of the goods of any shop


def plain(text: str) -> str:
    return " ".join(re.findall(r"[\w']+", text.lower()))


def is_nearly(one: str, other: str) -> bool:
    """Whether two texts are near-copies; most aren't by what is quick to tell."""
    alike = SequenceMatcher(None, one, other)
    ratios = (alike.real_quick_ratio, alike.quick_ratio, alike.ratio)  # each at most the one before
    return all(ratio() > NEAR_COPY for ratio in ratios)


def test_every_intent_has_thirty_utterances_and_none_outweighs_the_rest() -> None:
    sizes = {intent: len(said) for intent, said in DATA.items()}
    assert len(sizes) >= 45 and not {i: n for i, n in sizes.items() if n < 30}
    most = {"out_of_scope": 700} | dict.fromkeys(SHOPPING, 260)
    assert not {i: n for i, n in sizes.items() if n > most.get(i, 160)}


@pytest.mark.parametrize("intent", sorted(DATA))
def test_no_utterance_is_nearly_another_one(intent: str) -> None:
    said = [plain(text) for text in DATA[intent]]
    assert not [text for text, times in Counter(said).items() if times > 1]
    copies = [
        (one, other)
        for i, one in enumerate(said)
        for other in said[i + 1 :]
        if len(one.split()) > 3 and is_nearly(one, other)
    ]
    assert copies == []


def test_no_utterance_has_two_intents_and_none_is_held_out() -> None:
    owners = Counter(plain(text) for said in DATA.values() for text in set(map(plain, said)))
    assert not [text for text, times in owners.items() if times > 1]
    held_out = yaml.safe_load((REPOSITORY / "tests/data/nlu_holdout.yml").read_text())
    copied = {plain(text) for texts in held_out.values() for text in texts} & set(owners)
    assert copied == set()


def test_people_write_as_they_do() -> None:
    everything = [text for said in DATA.values() for text in said]
    short = sum(len(text.split()) <= 3 for text in everything) / len(everything)
    assert 0.1 < short < 0.6
    assert (
        sum(
            bool(re.search(r"\b(?:u|pls|plz|thx|wanna|gonna|ur|r|im|dont|cant|whats|wheres)\b", t))
            for t in everything
        )
        > 40
    )
