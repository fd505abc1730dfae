"""Where a message may have two requests: words of each language, and the ends of sentences."""

import pytest

from bot.reading.lexicon import languages, lexicon
from bot.reading.seams import parts_of, words_in
from bot.spoken import speaking

TWO = {
    "en": ["where is it and also do you have mugs", "where is it, btw do you have mugs", "where is it? oh and do you have mugs"],
    "de": ["wo ist es und habt ihr tassen", "wo ist es, außerdem: habt ihr tassen", "wo ist es? Ach und habt ihr tassen", "wo ist es, übrigens habt ihr tassen"],
    "fr": ["où est-il et avez-vous des tasses", "où est-il, au fait avez-vous des tasses", "où est-il ? Et aussi, avez-vous des tasses"],
    "es": ["dónde está y tienen tazas", "dónde está, además tienen tazas", "¿dónde está? Por cierto, tienen tazas"],
    "nl": ["waar is het en hebben jullie mokken", "waar is het, trouwens hebben jullie mokken", "waar is het? En ook hebben jullie mokken"],
    "zh": ["它到哪了，你们有杯子吗", "它到哪了另外你们有杯子吗", "它到哪了顺便问一下，你们有杯子吗", "它到哪了？对了，你们有杯子吗", "它到哪了 你们有杯子吗"],
}  # fmt: skip
HALVES = {
    "en": ["where is it", "do you have mugs"], "de": ["wo ist es", "habt ihr tassen"], "fr": ["où est-il", "avez-vous des tasses"],
    "es": ["dónde está", "tienen tazas"], "nl": ["waar is het", "hebben jullie mokken"], "zh": ["它到哪了", "你们有杯子吗"],
}  # fmt: skip


@pytest.mark.parametrize("language", languages())
def test_two_requests_are_parted_in_each_language(language: str) -> None:
    with speaking(language):
        for text in TWO[language]:
            assert [part.strip("¿ ") for part in parts_of(text)] == HALVES[language], text


@pytest.mark.parametrize("language", languages())
def test_no_word_is_parted_within(language: str) -> None:
    """What parts two requests is a word: "ende" has "en" in it, and "band" has "and"."""
    words = lexicon(language).phrases("between_requests", "words")
    with speaking(language):
        for word in words if language != "zh" else ():
            text = f"one x{word}x two"
            assert parts_of(text) == [text]


def test_the_full_stop_of_an_ordinal_parts_nothing_before_a_month() -> None:
    with speaking("de"):
        assert len(parts_of("ruf mich am 3. februar um 10 an")) == 1
        assert parts_of("ich nehme 2. was kostet das") == ["ich nehme 2", "was kostet das"]


def test_each_sign_of_chinese_is_a_word() -> None:
    assert words_in("我要退货") == 4 and words_in("return it please") == 3
    assert words_in("取消HF-10222") == 3
