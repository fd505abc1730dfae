"""Which language a message is in: its words tell, and what is of no language changes nothing."""

import pytest

from bot.dialogue.detection import detect

SERVED = ("en", "nl", "de", "fr", "es", "zh")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("wo ist mein Paket", "de"), ("waar is mijn pakketje", "nl"), ("où est mon colis", "fr"),
        ("dónde está mi paquete", "es"), ("我的包裹在哪里", "zh"), ("订单10234发货了没有", "zh"),
        ("ich möchte HF-10234 stornieren", "de"), ("where is my parcel", "en"),
    ],
)  # fmt: skip
def test_a_sentence_tells_its_language(text: str, language: str) -> None:
    for before in SERVED:
        assert detect(text, before, SERVED) == language


@pytest.mark.parametrize("text", ["ok", "43", "HF-10234", "anna@example.com", "M", "…", "👍"])
def test_what_is_of_no_language_tells_none(text: str) -> None:
    for before in SERVED:
        assert detect(text, before, SERVED) in ("", before)


def test_one_word_is_enough_at_first_and_not_later_beside_others() -> None:
    assert detect("bonjour", "en", SERVED, first=True) == "fr"
    assert detect("do you have a merci card", "en", SERVED) == "en"
    assert detect("the die cast car", "en", SERVED) == "en"


@pytest.mark.parametrize(
    "text", ["die cast car", "wine rack", "a nice plan", "red shoes", "tent for 4", "no"]
)
def test_english_stays_english(text: str) -> None:
    assert detect(text, "en", SERVED, first=True) in ("", "en")


def test_a_language_that_is_not_served_is_told_by_several_words() -> None:
    assert (
        detect("dov'è il mio pacco, vorrei sapere quando arriva alla mia casa", "en", SERVED)
        == "it"
    )
    assert detect("Привет, где моя посылка?", "en", SERVED) == "ru"
    assert detect("wo ist mein Paket", "en", ("en",)) == "de"
