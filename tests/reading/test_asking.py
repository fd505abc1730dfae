"""How a message asks for a fact, an amount, one of two things or one of those that are shown, in each language."""

import pytest

from bot.reading.reader import read


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "and how thick is it then"),
        ("en", "sorry, until when?"),
        ("de", "Und wie dick ist er?"),
        ("fr", "d'accord, combien pèse-t-il ?"),
        ("es", "¿y cuánto pesa?"),
        ("nl", "en hoe dik is hij"),
        ("zh", "这个有多厚"),
    ],
)
def test_a_fact_is_asked_for_where_its_word_begins_a_clause(language: str, text: str) -> None:
    assert read(text, language).begins_a_clause("fact")


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "how about a green one"),
        ("en", "a lamp that shows how warm it is"),
        ("de", "wie wäre es mit einer grünen"),
        ("fr", "un sac qui ferme bien"),
        ("es", "una lámpara que alumbre"),
        ("nl", "een jas die warm is"),
    ],
)
def test_a_wish_asks_for_no_fact(language: str, text: str) -> None:
    assert not read(text, language).begins_a_clause("fact")


@pytest.mark.parametrize(
    ("language", "text", "unit"),
    [
        ("en", "how many newton metres has it", "nm"),
        ("de", "für wie viele Quadratmeter reicht der Eimer", "m²"),
        ("fr", "combien de watts au maximum", "w"),
        ("es", "¿cuántos vatios tiene?", "w"),
        ("nl", "hoeveel liter gaat erin", "l"),
        ("zh", "这桶能刷多少平方米", "m²"),
    ],
)
def test_the_unit_of_an_amount_that_is_asked_for(language: str, text: str, unit: str) -> None:
    assert read(text, language).units == [unit]


def test_a_unit_behind_a_number_is_an_amount_that_is_said() -> None:
    assert read("a bucket of 10 litres").units == []


@pytest.mark.parametrize(
    ("language", "text", "options"),
    [
        ("en", "is the lid wooden or plastic?", ("wooden", "plastic")),
        ("de", "ist das matt oder glänzend", ("matt", "glanzend")),
        ("fr", "il est mat ou brillant ?", ("mat", "brillant")),
        ("es", "¿es mate o brillante?", ("mate", "brillante")),
        ("nl", "is dat mat of glanzend", ("mat", "glanzend")),
        ("en", "the 200 or the 1000", ()),
        ("en", "matt, or so", ()),
    ],
)
def test_two_things_of_which_one_may_be_so(
    language: str, text: str, options: tuple[str, ...]
) -> None:
    assert read(text, language).options == options


@pytest.mark.parametrize(
    ("language", "text", "ruled_out"),
    [
        ("en", "not the tall one the oak legs", "the tall one"),
        ("en", "the ones without a lid, which colours?", "a lid"),
        ("de", "den ohne Deckel, wie schwer ist der", "Deckel"),
        ("fr", "celui qui n'est pas en cuir, combien ?", "en cuir"),
        ("es", "el que no es de cuero, ¿cuánto?", "de cuero"),
        ("nl", "die zonder deksel, hoe zwaar", "deksel"),
    ],
)
def test_what_is_not_meant(language: str, text: str, ruled_out: str) -> None:
    spans = read(text, language).ruled_out
    assert [text[start:end].strip() for start, end in spans] == [ruled_out]


def test_a_question_that_begins_with_a_not_rules_nothing_out() -> None:
    assert read("isn't the oak one heavier?").ruled_out == []


@pytest.mark.parametrize(
    ("language", "text", "words"),
    [
        ("en", "so the 20oz one, is it any good?", ["20oz"]),
        ("de", "das Modell aus Holz, wie schwer?", ["holz"]),
        ("fr", "celui en velours, combien ?", ["velours"]),
        ("es", "la de terciopelo, cuánto cuesta", ["terciopelo"]),
        ("nl", "de variant van velours, hoe zwaar", ["velours"]),
        ("en", "do you have one in velvet", []),
    ],
)
def test_the_words_by_which_one_of_several_is_meant(
    language: str, text: str, words: list[str]
) -> None:
    assert read(text, language).one_so == words
