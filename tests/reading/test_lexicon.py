"""The small words of each language, as their files have them."""

from typing import Any

import pytest
from ruamel.yaml import YAML

from bot.reading.lexicon import FOLDER, MOST_TOKENS, city_in, languages, lexicon


def phrases() -> list[tuple[str, str, str, str]]:
    """Language, list, key and phrase of all files."""
    found = []
    for language in languages():
        lists: dict[str, Any] = YAML(typ="safe").load(FOLDER / f"{language}.yml")
        for kind, listed in lists.items():
            groups = listed if isinstance(listed, dict) else {"": listed}
            for key, said in groups.items():
                found += [(language, kind, str(key), one) for one in said if kind != "empty"]
    return found


def signs(text: str) -> list[tuple[str, str, str]]:
    """List, key and words of what is read."""
    return [(one.kind, one.value, text[one.start : one.end]) for one in lexicon().signs(text)]


def test_every_phrase_of_a_file_is_read_as_what_it_stands_under() -> None:
    """A phrase that stands twice in a list, or isn't text, is of no use at its second place."""
    unread = [
        (language, kind, key, phrase)
        for language, kind, key, phrase in phrases()
        if not any(
            (one.kind, one.value, one.start) == (kind, key, 0)
            and one.end == len(phrase.rstrip("?"))
            for one in lexicon(language).signs(phrase)
        )
    ]
    assert unread == []
    assert len({kind for _, kind, _, _ in phrases()}) > 30


def test_of_each_list_the_longest_phrase_wins() -> None:
    sizes = [one for one in signs("by how much heavier") if one[0] == "difference"]
    assert sizes == [("difference", "", "by how much")]
    assert ("both", "", "both of them") in signs("both of them")
    assert [one for one in signs("the other two") if one[0] == "other"] == [
        ("other", "", "the other two")
    ]
    assert [one for one in signs("twenty five mugs") if one[0] == "numbers"] == [
        ("numbers", "25", "twenty five")
    ]


def test_the_same_words_may_be_of_several_lists() -> None:
    kinds = {
        kind for kind, _, words in signs("how much heavier is it") if words == "how much heavier"
    }
    assert kinds == {"how_much", "difference"}


def test_case_accents_and_signs_do_not_count_and_places_are_those_of_the_text() -> None:
    text = "¿Show the MÓST  expensive!"
    (found,) = [one for one in lexicon().signs(text) if one.value == "price high"]
    assert (text[found.start : found.end], found.first, found.last) == ("MÓST  expensive", 2, 3)


def test_words_inside_other_words_are_none() -> None:
    assert [one for one in signs("a bothersome sumac") if one[0] in ("both", "sum")] == []


def test_what_names_something_is_left() -> None:
    assert lexicon().content("Do you have any of the red MUGS, please?") == ["red", "mugs"]


def test_of_a_long_text_the_end_is_not_read() -> None:
    text = "z " * (MOST_TOKENS - 1)
    assert ("sum", "", "total") in signs(f"{text}total")
    assert signs(f"{text}z total") == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("to Vienna please", "AT"),
        ("nach Wien", "AT"),
        ("naar WENEN", "AT"),
        ("köln", "DE"),
        ("can you send it to st gallen?", "CH"),
        ("to Munich, or to Paris", "DE"),
        ("essentials", ""),
        ("to the moon", ""),
    ],
)
def test_cities_in_several_languages(text: str, code: str) -> None:
    assert city_in(text) == code
