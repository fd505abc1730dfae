"""Slips in a message are put right before it is understood."""

import pytest

from bot.dialogue.components.spelling import Spelling

LEARNT = ["cancel my order", "order a refund", "a refund for my jacket", "the jacket is late"] * 2
VOCABULARY = {
    "late": 9,
    "wedding": 30,
    "weeding": 40,
    "packet": 20,
    "##ing": 10,
    "ö": 11,
    "tin": 50,
}


@pytest.fixture(scope="module")
def spelling() -> Spelling:
    return Spelling.learnt(LEARNT, VOCABULARY)


@pytest.mark.parametrize(
    ("typed", "mended"),
    [
        ("cancle my ordr", "cancel my order"),  # two letters swapped, one left out
        ("a reefund for teh jackey", "a refund for the jacket"),  # one added, one exchanged
        ("a jckt", "a jckt"),  # two slips away: a guess would be one too far
        ("weddng", "wedding"),  # the more common of the two that it may be
        ("REFNUD", "refund"),
        ("fr my jacket", "fr my jacket"),  # too short to tell
        ("tins", "tins"),  # known without its ending, not a slip of "late" or "tin"
        ("ann@refnud.example", "ann@refnud.example"),
        ("HF-10222 at www.ordr.com/refnud", "HF-10222 at www.ordr.com/refnud"),
        ("isn't it l8te", "isn't it l8te"),
        ("où est ma comande", "où est ma comande"),
        ("", ""),
    ],
)
def test_a_word_with_one_slip_becomes_the_likeliest_known_one(
    spelling: Spelling, typed: str, mended: str
) -> None:
    assert spelling.mended(typed) == mended


def test_a_typo_in_the_training_data_is_no_word_to_mend_to() -> None:
    spelling = Spelling.learnt(["where is my oredr", "my order", "an order"], {})
    assert spelling.mended("oredr orderr") == "order order"


def test_what_was_saved_mends_alike(spelling: Spelling) -> None:
    again = Spelling.from_arrays(spelling.arrays())
    assert again.mended("cancle the weddng") == spelling.mended("cancle the weddng")


@pytest.mark.parametrize(("letters", "known"), [(30, True), (31, False)])
def test_a_word_longer_than_any_real_one_is_not_looked_up(letters: int, known: bool) -> None:
    word = "ab" * 15 + "c" * (letters - 30)
    spelling = Spelling.learnt([word, word], {})
    typed = "x" + word[1:]
    assert spelling.mended(typed) == (word if known else typed)


def test_only_the_first_unknown_words_of_a_message_are_looked_up(spelling: Spelling) -> None:
    unknown = [f"{a}{b}zzqxxvvk" for a in "abcdefgh" for b in "abcde"][:39]  # of ten letters
    text = " ".join([*unknown, "cancle", "late", "cancle", "reefund", "ordr"])  # 396, 403, 400
    assert spelling.mended(text) == " ".join(
        [*unknown, "cancel", "late", "cancel", "reefund", "order"]
    )
