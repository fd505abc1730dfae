"""Answers in people's own words."""

import pytest

from bot.spoken import speaking
from bot.surveys.campaign import Question
from bot.surveys.understanding import read_answer, read_value

TROUBLE = ("Price", "Size", "Delivery time", "Too expensive", "Expensive")


def question(kind: str, **more) -> Question:
    return Question(id="q", kind=kind, ask="?", **more)


@pytest.mark.parametrize(
    ("kind", "said", "value"),
    [
        ("nps", "nine, I'd say", 9),
        ("nps", "9/10", 9),
        ("nps", "a solid ten", 10),
        ("nps", "not a 9, more like 7", 7),
        ("nps", "I'd say 7 out of 10", 7),
        ("nps", "zero!!", 0),
        ("nps", "this one is a 6", 6),
        ("nps", "Extremely likely", 10),
        ("nps", "well 3, because delivery took 5 days", 3),
        ("csat", "five stars", 5),
        ("csat", "⭐⭐⭐⭐", 4),
        ("csat", "not happy", 2),
        ("csat", "it was ok", 3),
        ("csat", "really not good", 2),
        ("csat", "👍", 4),
        ("ces", "it was super easy", 7),
        ("ces", "a bit hard", 3),
        ("ces", "not easy", 2),
        ("number", "about twenty-five", 25),
        ("number", "1,5", 1.5),
        ("number", "999999999999999", 999_999_999_999_999),
        ("consent", "yes sure", True),
        ("consent", "nope", False),
        ("consent", "no, I'd rather not", False),
        ("consent", "I don't want that", False),
        ("text", "no", "no"),
        ("text", "I want to stop by your shop", "I want to stop by your shop"),
    ],
)
def test_an_answer_is_understood(kind: str, said: str, value: object) -> None:
    read = read_answer(question(kind), said)
    assert read.what == "answer" and read.answer.value == value


@pytest.mark.parametrize(
    ("kind", "said", "why"),
    [
        ("nps", "8 or 9", "one"),
        ("nps", "between 7 and 8", "one"),
        ("nps", "8.5", "one"),
        ("nps", "eleven", "range"),
        ("nps", "100", "range"),
        ("nps", "-1", "range"),
        ("nps", "10/5", "range"),
        ("nps", "9" * 400, "range"),
        ("number", "9" * 400, "range"),
        ("number", "1000000000000000", "range"),
        ("nps", "hmm", "number"),
        ("nps", "no one", "number"),
        ("csat", "6", "range"),
        ("csat", "good but slow", "number"),
        ("consent", "maybe", "yes_no"),
        ("text", "  ", "empty"),
    ],
)
def test_what_is_not_clear_is_not_guessed(kind: str, said: str, why: str) -> None:
    read = read_answer(question(kind), said)
    assert (read.what, read.why) == ("unclear", why)


@pytest.mark.parametrize("said", ["skip", "pass", "skip this one please", "I'd rather not say",
                                  "no comment", "don't know", "can I skip this?"])  # fmt: skip
def test_skipping(said: str) -> None:
    for kind in ("nps", "ces", "number"):
        assert read_answer(question(kind), said).what == "skip"
        assert read_answer(question(kind, required=True), said).why == "required"


@pytest.mark.parametrize("said", ["stop", "no", "no thanks", "not now", "I don't want to answer these",
                                  "cancel the survey", "enough", "Stop please"])  # fmt: skip
def test_stopping(said: str) -> None:
    assert read_answer(question("nps"), said).what == "stop"
    if said != "no":  # "Anything else?" "No."
        assert read_answer(question("text"), said).what == "stop"


@pytest.mark.parametrize("said", ["stop asking me", "don't ask me again", "leave me alone",
                                  "no more surveys please", "unsubscribe"])  # fmt: skip
def test_never_again(said: str) -> None:
    assert read_answer(question("nps"), said).what == "never"


def test_a_long_story_is_an_answer_even_with_those_words_in_it() -> None:
    story = "I had to stop asking for help because nobody came and the parcel was late anyway"
    assert read_answer(question("text"), story).answer.value == story


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("price", "Price"),
        ("2", "Size"),
        ("the second one", "Size"),
        ("c", "Delivery time"),
        ("delivry time", "Delivery time"),
        ("it was too expensive", "Too expensive"),
        ("the last", "Expensive"),
    ],
)
def test_one_of_several(said: str, value: str) -> None:
    assert read_answer(question("single", options=TROUBLE), said).answer.value == value


def test_one_of_several_that_is_not_clear() -> None:
    single = question("single", options=TROUBLE)
    assert read_answer(single, "price or size").why == "one"
    assert read_answer(single, "the colour").why == "option"
    own = question("single", options=TROUBLE, other=True)
    assert read_answer(own, "the colour").answer.value == "the colour"
    assert read_answer(own, "9").why == "option"  # a place that no option has


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("price and size", ("Price", "Size")),
        ("1 and 3", ("Price", "Delivery time")),
        ("1, delivery time", ("Price", "Delivery time")),
        ("pric, siz", ("Price", "Size")),
        ("all of them", TROUBLE),
    ],
)
def test_several(said: str, value: tuple) -> None:
    assert read_answer(question("multiple", options=TROUBLE), said).answer.value == value


def test_options_with_words_that_mean_something_else() -> None:
    odd = question("single", options=("Stop", "Skip", "No"))
    assert read_answer(odd, "stop").answer.value == "Stop"
    assert read_answer(odd, "skip").answer.value == "Skip"
    assert read_answer(question("multiple", options=("Ten", "No")), "no").answer.value == ("No",)


def test_form_fields_are_taken_exactly() -> None:
    assert read_value(question("nps"), ["7"]).answer.value == 7
    assert read_value(question("nps"), ["11"]).why == "range"
    assert read_value(question("nps"), []).what == "skip"
    assert read_value(question("nps", required=True), [" "]).why == "required"
    assert read_value(question("consent"), []).why == "required"
    single = question("single", options=TROUBLE)
    assert read_value(single, ["Price"]).answer.value == "Price"
    assert read_value(single, ["<script>"]).why == "option"
    several = question("multiple", options=TROUBLE, other=True)
    assert read_value(several, ["Price", "Size", "Price"]).answer.value == ("Price", "Size")
    assert read_value(several, ["x", "y"]).why == "options"


def test_a_very_long_answer_is_cut_and_takes_no_time() -> None:
    assert len(read_answer(question("text"), "x" * 100_000).answer.value) == 2000
    read_answer(question("nps"), "1" * 2000)
    read_answer(question("single", options=TROUBLE), "and " * 500)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,250", 1250), ("12,000", 12000), ("2.500", 2500), ("1,234,567", 1234567), ("1,5", 1.5),
        ("3.999,00", 3999), ("3,999.50", 3999.5), ("2'500", 2500), ("2’500", 2500), ("1 250", 1250),
        ("1\u202f250,5", 1250.5), ("0.125", 0.125), ("0,5", 0.5), ("-1,250", -1250), ("1250.500", 1250.5),
        ("12.5", 12.5), ("1,25", 1.25), ("2k", 2000), ("1.5k a year", 1500), ("€ 1.250,50", 1250.5),
        ("about 200", 200), ("zero", 0), ("999", 999), ("1,000", 1000),
        ("1,250,5", None), ("1.2.3", None), ("3.5.2026", None), ("1,25,000", None), ("none", None),
    ],
)  # fmt: skip
def test_numbers_as_people_write_them(text: str, value: float | None) -> None:
    spend = Question(id="spend", kind="number", ask="How much?")
    for reading in (read_answer(spend, text), read_value(spend, [text])):
        assert (reading.answer.value if reading.answer else None) == value


@pytest.mark.parametrize(
    ("language", "kind", "said", "value"),
    [
        ("de", "nps", "eine neun, würde ich sagen", 9), ("de", "nps", "eine", 1), ("de", "ces", "ein bisschen schwer", 3), ("de", "nps", "so eine neun würde ich sagen", 9),
        ("de", "nps", "sieben von 10", 7), ("de", "nps", "keine 9, eher 7", 7), ("de", "nps", "null", 0),
        ("de", "nps", "3, weil es 5 Tage gedauert hat", 3), ("de", "nps", "acht oder neun", None),
        ("de", "csat", "Sehr zufrieden!", 5), ("de", "csat", "naja, nicht gut", 2), ("de", "ces", "ganz einfach", 7),
        ("de", "number", "etwa fünfundzwanzig", 25), ("de", "consent", "ja gerne", True),
        ("de", "consent", "nein, lieber nicht", False), ("de", "consent", "weiß nicht so recht", None),
        ("nl", "nps", "doe maar een acht", 8), ("nl", "nps", "zo'n zeven", 7), ("nl", "nps", "8 van de 10", 8),
        ("nl", "csat", "erg tevreden", 5), ("nl", "csat", "niet goed", 2), ("nl", "ces", "een beetje lastig", 3),
        ("nl", "number", "vijfendertig", 35), ("nl", "consent", "ja hoor", True), ("nl", "consent", "nee bedankt", False),
        ("fr", "nps", "je dirais neuf", 9), ("fr", "nps", "7 sur 10", 7), ("fr", "nps", "pas 9, plutôt 7", 7),
        ("fr", "csat", "plutôt déçue", 2), ("fr", "csat", "c’était très bien", 5), ("fr", "ces", "assez facile", 5),
        ("fr", "number", "vingt-cinq", 25), ("fr", "number", "trente et un", 31), ("fr", "consent", "oui", True),
        ("fr", "consent", "non merci", False), ("fr", "nps", "entre 7 et 8", None),
        ("es", "nps", "un ocho", 8), ("es", "nps", "diría que nueve", 9), ("es", "nps", "8 de 10", 8),
        ("es", "csat", "me encantó", 5), ("es", "csat", "más o menos", 3), ("es", "ces", "bastante fácil", 5),
        ("es", "number", "treinta y cinco", 35), ("es", "consent", "sí", True), ("es", "consent", "mejor no", False),
        ("zh", "nps", "九分", 9), ("zh", "nps", "我给八分", 8), ("zh", "nps", "7到8", None), ("zh", "csat", "非常满意", 5),
        ("zh", "csat", "不太满意", 2), ("zh", "ces", "有点难", 3), ("zh", "number", "二十五", 25),
        ("zh", "consent", "好的", True), ("zh", "consent", "不要", False), ("zh", "csat", "😡", 1),
    ],
)  # fmt: skip
def test_an_answer_is_understood_in_its_language(
    language: str, kind: str, said: str, value: object
) -> None:
    with speaking(language):
        read = read_answer(question(kind), said)
    assert (read.answer.value if read.answer else None) == value


@pytest.mark.parametrize(
    ("language", "said", "what"),
    [
        ("de", "Frage überspringen bitte", "skip"), ("de", "keine Ahnung", "skip"), ("de", "möchte ich nicht sagen", "skip"),
        ("de", "Ich habe keine Zeit", "stop"), ("de", "nein", "stop"), ("de", "bitte aufhören", "stop"),
        ("de", "Lassen Sie mich in Ruhe!", "never"), ("nl", "sla deze maar over", "unclear"), ("nl", "deze overslaan graag", "skip"),
        ("nl", "geen idee", "skip"), ("nl", "stop maar", "stop"), ("nl", "ik heb geen tijd", "stop"), ("nl", "vraag me dit nooit meer", "never"),
        ("fr", "passer cette question", "skip"), ("fr", "je ne sais pas", "skip"), ("fr", "je n’ai pas le temps", "stop"),
        ("fr", "non merci", "stop"), ("fr", "laissez-moi tranquille", "never"), ("es", "prefiero no decirlo", "skip"),
        ("es", "la siguiente por favor", "skip"), ("es", "ahora no", "stop"), ("es", "no quiero contestar", "stop"),
        ("es", "no me pregunten más", "never"), ("zh", "跳过这题吧", "skip"), ("zh", "不知道", "skip"), ("zh", "我不想回答了", "stop"),
        ("zh", "没时间", "stop"), ("zh", "不要再问我了", "never"), ("it", "stop", "stop"),
    ],
)  # fmt: skip
def test_skipping_and_stopping_in_each_language(language: str, said: str, what: str) -> None:
    with speaking(language):
        assert read_answer(question("nps"), said).what == what


@pytest.mark.parametrize(
    ("language", "said", "value"),
    [
        ("de", "das zweite", "Größe"), ("de", "Option drei", "Lieferzeit"), ("de", "zu teuer war's", "Zu teuer"),
        ("nl", "de laatste", "Zu teuer"), ("fr", "la deuxième", "Größe"), ("es", "la primera", "Preis"),
        ("zh", "第三个", "Lieferzeit"), ("zh", "大小", "Größe"),
    ],
)  # fmt: skip
def test_one_of_several_by_its_place_and_its_translation(
    language: str, said: str, value: str
) -> None:
    asked = question("single", options=("Preis", "Größe", "Lieferzeit", "Zu teuer"))
    if language == "zh":
        asked = asked.copy(update={"shown": ("价格", "大小", "送货时间", "太贵")})
    with speaking(language):
        read = read_answer(asked, said)
    assert read.answer and read.answer.value == value


def test_several_in_another_language() -> None:
    asked = question("multiple", options=("Preis", "Größe", "Lieferzeit"))
    for language, said in (
        ("de", "Preis und Größe"),
        ("fr", "le 1 et la deuxième"),
        ("zh", "第一和第二"),
    ):
        with speaking(language):
            assert read_answer(asked, said).answer.value == ("Preis", "Größe")
    with speaking("nl"):
        assert read_answer(asked, "allemaal").answer.value == asked.options
        assert read_answer(asked, "geen van alle").what == "skip"
