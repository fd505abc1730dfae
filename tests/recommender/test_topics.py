"""What questions to pages are about, in the words of each language."""

import pytest
from ruamel.yaml import YAML

from recommender.language.topics import FOLDER, languages, topics_of


@pytest.mark.parametrize("language", languages())
def test_each_language_names_each_topic(language: str) -> None:
    lists = {name: YAML(typ="safe").load(FOLDER / f"{name}.yml") for name in ("en", language)}
    assert sorted(lists[language]) == sorted(lists["en"])
    assert all(lists[language].values())


@pytest.mark.parametrize(
    ("language", "text", "topics"),
    [
        ("de", "Geschenkverpackung", {"gift_wrapping"}),  # and no packaging
        ("de", "Rücksendekosten", {"return", "cost"}),
        ("de", "Wird der Saft gefiltert?", set()),
        ("fr", "combien de temps", {"how_long"}),  # and no cost
        ("fr", "vous l'importez ?", set()),  # "port" is a word of its own
        ("zh", "用银联付", {"ways_to_pay"}),
        ("de", "ich bin tagsüber bei der Arbeit", set()),
        ("de", "tagsüber, wenn das Paket kommt", {"absent"}),  # both together
        ("nl", "GRATIS retourneren", {"return", "free"}),
    ],
)
def test_the_longest_form_counts_and_short_ones_are_whole_words(
    language: str, text: str, topics: set[str]
) -> None:
    assert topics_of(text, (language,)) == topics


def test_topics_are_the_same_whatever_the_language_of_the_page() -> None:
    asked = topics_of("wer nimmt es an, wenn ich nicht zu Hause bin?", ("de", "en"))
    assert "absent" in asked & topics_of("When you're not at home", ("de", "en"))
