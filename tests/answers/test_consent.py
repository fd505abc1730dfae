"""Whether an answer is a yes, a no, or neither yet, in six languages."""

import pytest
import yaml

from bot.answers.consent import LONGEST, Consent, read_consent, says_something
from bot.answers.words import languages, words
from bot.paths import REPOSITORY

TABLE = yaml.safe_load((REPOSITORY / "tests/data/consent.yml").read_text(encoding="utf-8"))
MEANT = {
    "yes": (Consent.YES, True), "weak": (Consent.YES, False), "no": (Consent.NO, False),
    "not yet": (Consent.NOT_YET, False),
}  # fmt: skip
ROWS = [
    (meant, language, text)
    for meant, by_language in TABLE.items()
    for language, texts in by_language.items()
    for text in texts
]


@pytest.mark.parametrize(("meant", "language", "text"), ROWS)
def test_an_answer_is_read_as_what_it_says(meant: str, language: str, text: str) -> None:
    answer = read_consent(text, "cancel")
    assert (answer.consent, answer.whole_hearted) == MEANT[meant]


def test_the_table_has_every_language_that_has_words() -> None:
    assert {language for by_language in TABLE.values() for language in by_language} == {
        *languages()
    }
    for language in languages():
        assert {*words(language)} == {*words("en")}, language
        assert {*words(language)["does"]} == {*words("en")["does"]}, language


@pytest.mark.parametrize("language", languages())
def test_what_is_asked_may_stand_beside_a_yes_and_is_none_alone(language: str) -> None:
    agrees = words(language)["yes"][0]
    for doing, phrases in words(language)["does"].items():
        for said in phrases:
            assert read_consent(said, doing).consent is not Consent.YES, said
            if said not in words(language)["in_doubt"].get(doing, ()):
                assert read_consent(f"{agrees}, {said}", doing).whole_hearted, said
    assert read_consent("yes, cancel it", "return").consent is Consent.NOT_YET


@pytest.mark.parametrize("language", languages())
def test_words_that_make_another_sentence_with_a_yes_are_none_beside_it(language: str) -> None:
    """Any phrase of agreement with any word of these lists: "correct that", "please correct", "do it right"."""
    lists = words(language)
    agrees = [*lists["yes"], *lists["go_ahead"], *lists["is_right"]]
    sentences = [f"{one} {thing}" for one in agrees for thing in lists["objects"]]
    courtesies = {*lists["around"]} - {*lists["weak"]}
    for right in lists["is_right"]:
        sentences += [f"{courtesy} {right}" for courtesy in courtesies]
        sentences += [f"{done} {right}" for done in lists["go_ahead"]]
    sentences += [f"{done} {weak}" for done in lists["go_ahead"] for weak in lists["weak"]]
    listed = {one for name in ("yes", "go_ahead", "is_right", "weak") for one in lists[name]}
    taken = [
        one
        for one in sentences
        if one not in listed and read_consent(one, "cancel").consent is Consent.YES
    ]
    assert taken == []


@pytest.mark.parametrize("language", languages())
def test_what_is_gone_for_good_takes_a_yes_and_not_that_something_is_right(language: str) -> None:
    lists = words(language)
    for right in lists["is_right"]:
        assert not read_consent(right, "delete_data").whole_hearted, right
        assert read_consent(right, "change_address").whole_hearted, right
    for agrees in (*lists["yes"], *lists["go_ahead"]):
        assert read_consent(agrees, "delete_data").whole_hearted, agrees


@pytest.mark.parametrize(
    ("text", "begins", "rest"),
    [
        ("ok but wait, first tell me if it ships today", Consent.YES, "tell me if it ships today"),
        ("yep and also change my address", Consent.YES, "change my address"),
        ("Sure, how long does it take?", Consent.YES, "how long does it take"),
        ("yes? what happens then", Consent.YES, "what happens then"),
        ("no, where is it now?", Consent.NO, "where is it now"),
        ("no, it's HF-10222", Consent.NO, "it's HF-10222"),
        ("please tell me more", None, "tell me more"),
        ("是的，但是要多久？", Consent.YES, "要多久"),
        ("where is it", None, "where is it"),
    ],
)
def test_what_is_said_beside_an_answer_is_kept(text: str, begins: Consent, rest: str) -> None:
    answer = read_consent(text)
    assert (answer.consent, answer.begins, answer.rest) == (Consent.NOT_YET, begins, rest)


def test_languages_that_disagree_make_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    import bot.answers.consent

    assert read_consent("blip").rest == "blip"
    bot.answers.consent._phrases.cache_clear()
    lists = {"aa": {"yes": ["blip"]}, "bb": {"no": ["blip"]}, "signs": {}}
    monkeypatch.setattr(bot.answers.consent, "words", lists.__getitem__)
    monkeypatch.setattr(bot.answers.consent, "languages", lambda: ("aa", "bb"))
    assert read_consent("blip").consent is Consent.NOT_YET
    monkeypatch.setattr(bot.answers.consent, "languages", lambda: ("aa",))
    assert read_consent("blip").consent is Consent.YES
    bot.answers.consent._phrases.cache_clear()


def test_a_yes_of_too_many_words_is_none() -> None:
    assert read_consent("yes " * LONGEST).consent is Consent.YES
    assert read_consent("yes " * (LONGEST + 1)).consent is Consent.NOT_YET


def test_what_comes_after_a_thousand_spaces_is_beside_it() -> None:
    assert read_consent("yes" + " " * 400).consent is Consent.YES
    assert read_consent("yes" + " " * 2000 + "but not that one").consent is Consent.NOT_YET


@pytest.mark.parametrize("text", ["yes", "ok thanks", "hm ok", "不要", "", "!?", "nein danke"])
def test_an_answer_alone_says_nothing_else(text: str) -> None:
    assert not says_something(text)
    assert says_something(f"{text} broken")
