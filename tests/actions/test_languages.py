"""What is said exists in every language, with the same places to fill in."""

import string

import pytest
from ruamel.yaml import YAML

from actions.language import ENGLISH, FOLDER, texts
from bot.settings.languages import can_speak

OTHERS = [language for language in can_speak() if language != ENGLISH]


def places(wording: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(wording) if name}


@pytest.mark.parametrize("language", OTHERS)
def test_each_text_has_its_places(language: str) -> None:
    own = YAML(typ="safe").load(FOLDER / f"{language}.yml")
    english = texts(ENGLISH)
    assert sorted(own.keys() - english.keys()) == []
    missing = [name for name in english.keys() - own.keys() if not name.endswith("_one")]
    assert missing == []  # "_one" is no form of Chinese
    for name, wordings in texts(language).items():
        allowed = set().union(*(places(one) for one in english[name]))
        for wording in wordings:
            assert places(wording) <= allowed, (name, wording)
