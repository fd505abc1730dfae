"""Danger goes before forms and surveys and holds; so does a threat of law, which doesn't hold."""

import asyncio
from typing import Any

import pytest
from rasa.shared.core.events import ActiveLoop, SlotSet, UserUttered

from bot.answers.safety import takes_back
from bot.dialogue.components.danger import MOST, WINDOWS, windows
from bot.dialogue.grave import DANGER, PARTS, sentences
from bot.dialogue.understanding import grave_beside, understand
from tests.dialogue.test_understanding import tracker

NUMBER = {"entity": "order_number", "value": "HF-10001", "start": 0, "end": 8}


class Processor:
    """Hears danger where the test says so; everything else is out of scope unless it is named."""

    def __init__(self, danger: str = "", **intents: tuple[str, float]) -> None:
        self.danger, self.intents = danger, intents
        self.more: dict[str, Any] = {}  # what was measured of any message

    async def parse_message(self, message: Any) -> dict[str, Any]:
        text = message.text
        name, confidence = self.intents.get(text.replace(" ", "_"), ("out_of_scope", 0.9))
        ranking = [
            {"name": name, "confidence": confidence},
            {"name": "emergency", "confidence": 0.02},
        ]
        loudest = max(windows(text), key=self.measured, default="")
        return {
            "text": text,
            "intent": ranking[0],
            "intent_ranking": ranking,
            "entities": [dict(NUMBER)],
            "danger": self.measured(text),
            **({"danger_in": loudest, "danger_alone": self.measured(loudest)} if loudest else {}),
            **self.more,
        }

    def measured(self, text: str) -> float:
        return 0.4 if self.danger and text.endswith(self.danger) else -1.4


def heard(processor: Processor, before: Any, text: str) -> tuple[str, list[dict[str, Any]]]:
    (parsed, *more) = asyncio.run(understand(processor, before, text))
    assert not more
    return parsed["intent"]["name"], parsed["entities"]


def held(kind: str = "self_harm") -> Any:
    return tracker(crisis={"kind": kind, "since": 1.0})


FORMS = [
    ("order_form", "order_number"), ("order_form", "email"), ("order_form", "detail"),
    ("order_form", "confirmed"), ("contact_form", "email"), ("contact_form", "call_phone"),
    ("contact_form", "confirmed"), ("data_form", "data_scope"), ("data_form", "confirmed"),
    ("survey_form", "survey_answer"), ("action_two_stage_fallback", None),
]  # fmt: skip


@pytest.mark.parametrize("form, asked", FORMS)
def test_danger_is_no_answer_to_any_form(form: str, asked: Any) -> None:
    before = tracker(ActiveLoop(form), SlotSet("requested_slot", asked))
    name, entities = heard(Processor("dark", this_is_dark=("inform", 0.9)), before, "this is dark")
    assert name == "emergency" and entities == []
    calm, entities = heard(Processor("dark", HF=("inform", 0.9)), before, "HF")
    assert calm not in ("emergency", "self_harm") and entities  # the positive control


@pytest.mark.parametrize("form, asked", FORMS)
def test_a_threat_of_law_is_no_answer_to_any_form(form: str, asked: Any) -> None:
    before = tracker(ActiveLoop(form), SlotSet("requested_slot", asked))
    assert heard(Processor(sue=("legal_threat", 0.9)), before, "sue") == ("legal_threat", [])
    _, entities = heard(Processor(sue=("legal_threat", 0.4)), before, "sue")
    assert entities  # read as whatever it is at its place


def test_one_clause_of_several_is_enough_wherever_it_stands() -> None:
    rest = "Where is my order HF-10001? I ordered it on Monday. Thanks a lot then. " * 3
    for text in (f"It is all dark now. {rest}", f"{rest} It is all dark now. {rest}"):
        assert heard(Processor("dark now"), None, text)[0] == "emergency"
        assert heard(Processor(), None, text)[0] not in DANGER
    assert sentences("one two three. four five six") == ["one two three", "four five six"]
    assert sentences("one two three") == [] and sentences("ok. one two three") == []
    assert len(sentences("so it goes. " * 50)) == PARTS


def test_all_of_a_message_is_read_in_windows() -> None:
    words = [f"w{n}" for n in range(700)]
    for text in (
        " ".join(words),
        ". ".join(words),
        ", ".join(" ".join(words[n : n + 4]) for n in range(0, 700, 4)),
    ):
        found = windows(text)
        assert {word.strip(".,") for window in found for word in window.split()} == {*words}
        assert len(found) <= WINDOWS and max(len(window.split()) for window in found) <= 4 * MOST
    for piece in ("I ", "R-6633-PYV8 ", "HF-1 ", "a b ", "Astraat 1 "):
        assert len(windows((piece * 5000)[:5000])) <= 12  # what is repeated is measured once
    assert windows("a short message alone") == []
    assert windows("i drank bleach. my order is late") == ["i drank bleach", "my order is late"]
    assert windows("HF-10001, i'm dying") == ["i'm dying"]


@pytest.mark.parametrize(
    "text, intent, confidence",
    [
        ("no one would notice", "out_of_scope", 0.9), ("…", "nlu_fallback", 0.45),
        ("ok", "affirm", 0.95), ("thanks", "thank", 0.99), ("bye", "goodbye", 0.99),
        ("a person", "talk_to_human", 0.99), ("stop", "stop", 0.95), ("again", "repeat", 0.95),
        ("a coat", "search_products", 0.99), ("a bread knife", "buy", 0.99), ("cancel it", "cancel_order", 0.99),
        ("safe", "safe_now", 0.3),
    ],
)  # fmt: skip
def test_danger_holds_while_nothing_clearly_ends_it(
    text: str, intent: str, confidence: float
) -> None:
    processor = Processor(**{text.replace(" ", "_"): (intent, confidence)})
    assert heard(processor, held(), text) == ("self_harm", [])
    assert heard(processor, held("emergency"), text) == ("emergency", [])


def test_signs_alone_do_not_end_it() -> None:
    for signs in ("👍", "?", "😢"):
        assert heard(Processor(), held(), signs)[0] == "self_harm"


def test_it_ends_when_the_person_is_safe() -> None:
    assert heard(Processor(safe=("safe_now", 0.9)), held(), "safe")[0] == "safe_now"
    assert heard(Processor(), held(), "ik ben veilig")[0] == "safe_now"


@pytest.mark.parametrize(
    "text",
    [
        "i'm not safe", "i am not safe here", "no i'm not ok", "i'm not fine", "i'm not alright", "nothing is fine",
        "i don't feel safe", "not safe at all", "he's not breathing, not ok", "no, not okay", "am i safe if i lock the door?",
        "i'll be safe once it's over", "it's ok now, it will be over soon", "nobody here is ok", "are we all ok?",
        "it's fine i don't need help", "i hope i'm safe", "ik ben niet veilig", "ich bin nicht in sicherheit",
    ],
)  # fmt: skip
def test_safe_that_is_negated_asked_or_to_come_is_no_safe(text: str) -> None:
    processor = Processor()
    processor.intents = {text.replace(" ", "_"): ("safe_now", 0.99)}
    assert heard(processor, held(), text)[0] == "self_harm"


@pytest.mark.parametrize(
    "text",
    ["i'm safe now", "no, i'm fine", "don't worry about me, i'm alright", "there's no emergency", "i'm not going to hurt myself"],
)  # fmt: skip
def test_who_plainly_says_so_is_safe(text: str) -> None:
    processor = Processor()
    processor.intents = {text.replace(" ", "_"): ("safe_now", 0.9)}
    assert heard(processor, held(), text)[0] == "safe_now"


def test_danger_or_a_request_beside_safe_leaves_it_as_it_is() -> None:
    processor = Processor(
        "pills", i_am_fine_now=("safe_now", 0.99), where_is_it_then=("order_status", 0.9)
    )
    assert heard(processor, held(), "i am fine now, where is it then")[0] == "self_harm"
    assert heard(processor, held(), "i am fine now. i took the pills")[0] == "self_harm"
    assert heard(processor, held(), "i am fine now. that is all then")[0] == "safe_now"


@pytest.mark.parametrize(
    ("text", "kind", "language"),
    [
        ("ik wil niet meer leven", "self_harm", "nl"), ("Ich will nicht mehr leben!", "self_harm", "de"),
        ("je veux mourir", "self_harm", "fr"), ("Quiero morirme", "self_harm", "es"), ("我不想活了", "self_harm", "zh"),
        ("mijn kind heeft een batterij ingeslikt", "emergency", "nl"), ("mon fils a avale une pile", "emergency", "fr"),
        ("mein Kind hat die Batterie verschluckt und bekommt keine Luft", "emergency", "de"), ("mein mann schlägt mich", "violence", "de"),
        ("mi hija no puede respirar", "emergency", "es"), ("孩子吞了一颗电池", "emergency", "zh"),
        ("ich hab mich gestern abend wieder geritzt", "self_harm", "de"), ("ein Strick um mich aufzuhängen", "self_harm", "de"),
        ("ik zoek iets om me op te hangen", "self_harm", "nl"), ("ik dronk bleek", "emergency", "nl"), ("de quoi me pendre", "self_harm", "fr"),
        ("elle vient de boire de la javel", "emergency", "fr"), ("me hago cortes", "self_harm", "es"),
        ("bebí un vaso de lejía", "emergency", "es"), ("我又割自己了", "self_harm", "zh"), ("我刚喝了漂白水", "emergency", "zh"),
        ("mein Abschiedsbrief liegt auf dem Tisch", "self_harm", "de"), ("ik heb mijn afscheidsbrieven geschreven", "self_harm", "nl"),
        ("j'ai fini ma lettre d'adieu", "self_harm", "fr"), ("ya escribí mi carta de despedida", "self_harm", "es"), ("遗书写好了", "self_harm", "zh"),
        ("j'ai pris vingt cachets", "self_harm", "fr"), ("hält der Gürtel, wenn ich mich daran aufhänge", "self_harm", "de"),
        ("houdt die riem als ik me eraan ophang", "self_harm", "nl"), ("aguanta la cuerda si me cuelgo", "self_harm", "es"),
        ("ich will meinen Chef vergiften", "violence", "de"), ("de quoi tuer ma femme sans trace", "violence", "fr"),
        ("iets om mijn man te vermoorden", "violence", "nl"), ("algo para envenenar a mi jefe", "violence", "es"), ("想毒死老板", "violence", "zh"),
    ],
)  # fmt: skip
def test_danger_is_heard_in_other_languages(text: str, kind: str, language: str) -> None:
    (parsed,) = asyncio.run(understand(Processor(), None, f"hallo. {text}, HF-10001"))
    assert (parsed["intent"]["name"], parsed["language"]) == (kind, language)


@pytest.mark.parametrize(
    "text",
    [
        "het stikt van de fouten op jullie site", "ik ga dood van het wachten", "een batterij voor de lamp", "mijn bestelling is er niet",
        "die Preise bringen mich um den Verstand", "habt ihr einen Krankenwagen von Playmobil", "ich warte schon ewig",
        "ce prix me tue", "le col m'étrangle un peu", "il n'y a pas le feu", "me muero de ganas de recibirlo", "una pila para la linterna",
        "ich schneide mir die Haare selbst", "lauf mir in die arme", "kan ik die lamp bij me ophangen", "quiero colgarme el bolso del hombro",
        "he tomado café", "j'ai bu tout le café", "跳楼价真便宜", "笑死我了", "ein Abschiedsgeschenk für den Chef", "een afscheidskaart voor mijn baas",
        "ik hang mijn jas eraan op", "j'ai pris rendez-vous", "una tarjeta de despedida", "mein Mann bringt mich um wenn ich noch eins kaufe", "a suicide squad shirt", "this will be the death of me",
    ],
)  # fmt: skip
def test_what_only_sounds_like_it_in_other_languages_is_left_alone(text: str) -> None:
    assert heard(Processor(), None, text)[0] not in DANGER


def test_a_threat_of_law_is_heard_in_other_languages() -> None:
    assert (
        heard(Processor(), None, "ik stap naar de rechter als dit zo doorgaat")[0] == "legal_threat"
    )


def beside(processor: Processor, before: Any, text: str, payload: str) -> Any:
    return asyncio.run(grave_beside(processor, before, text, payload))


def test_what_is_written_to_staff_is_read_for_danger() -> None:
    text = "it is all dark"
    said = beside(Processor("dark"), None, text, "/talk_to_human")
    assert said["intent"]["name"] == "emergency" and said["text"] == text
    assert beside(Processor(), None, text, "/talk_to_human") is None
    sue = Processor(sue=("legal_threat", 0.9))
    assert beside(sue, None, "sue", "/talk_to_human") is None  # a person is what they get


@pytest.mark.parametrize(
    "payload", ["/buy", '/stock_alert{"ordinal": 1}', "/affirm", "/talk_to_human"]
)
def test_no_button_does_anything_while_danger_holds(payload: str) -> None:
    said = beside(Processor(), held(), "Buy it", payload)
    assert said["intent"]["name"] == "self_harm"
    assert said["intent_ranking"][1]["name"] == payload[1:].partition("{")[0]
    assert beside(Processor(), None, "Buy it", payload) is None
    assert beside(Processor(), held(), "I'm safe", "/safe_now") is None


def test_who_was_in_no_danger_is_not_told_that_they_are_safe() -> None:
    assert heard(Processor(fine=("safe_now", 0.9)), None, "fine")[0] not in {"safe_now", *DANGER}


def test_an_intent_of_danger_without_any_danger_in_it_is_another() -> None:
    assert heard(Processor(my_feet=("emergency", 0.6)), None, "my feet")[0] not in DANGER
    assert heard(Processor("feet", my_feet=("emergency", 0.6)), None, "my feet")[0] == "emergency"


def measures(danger: float, **more: Any) -> Processor:
    """A processor for which every message has so much danger in it."""
    processor = Processor()
    processor.more = {"danger": danger, **more}
    return processor


@pytest.mark.parametrize(
    ("danger", "kinds", "kind"),
    [
        (0.1, {"emergency": 0.95, "self_harm": 0.05}, "self_harm"),  # hardly danger
        (0.6, {"emergency": 0.6, "self_harm": 0.4}, "self_harm"),  # hardly of another kind
        (0.6, {"emergency": 0.95, "self_harm": 0.05}, "emergency"),
        (0.6, {"violence": 0.9, "self_harm": 0.1}, "violence"),
    ],
)
def test_the_kind_that_holds_stays_unless_it_is_clearly_another(
    danger: float, kinds: dict[str, float], kind: str
) -> None:
    processor = measures(danger, danger_kinds=kinds)
    assert heard(processor, held(), "i'm not safe")[0] == kind
    assert heard(measures(0.1, danger_kinds=kinds), None, "i'm not safe")[0] == max(
        kinds, key=kinds.__getitem__
    )


@pytest.mark.parametrize("kind", ["self_harm", "emergency", "violence"])
@pytest.mark.parametrize(
    ("text", "danger"),
    [
        ("i lied, i'm not safe", -1.4), ("i lied", -1.4), ("i'm not ok", -1.4), ("actually i want to do it", -1.4),
        ("i'm fine, leave me alone and let me do it", -1.4), ("he's not fine", -1.4), ("and now he broke the door", -1.4),
        ("i won't need it anyway", -1.4), ("ik ben niet veilig", -1.4), ("ich habe gelogen", -1.4), ("j'ai menti", -1.4),
        ("no estoy bien", -1.4), ("我骗你的", -1.4), ("the pills", -0.5),
    ],
)  # fmt: skip
def test_who_took_danger_back_is_in_it_again_by_little(kind: str, text: str, danger: float) -> None:
    before = tracker(crisis_before=kind)
    assert heard(measures(danger), before, text)[0] == kind
    assert heard(measures(danger), None, text)[0] not in DANGER


@pytest.mark.parametrize(
    "text", ["show me lamps", "thank you", "where is my order", "cancel my order"]
)
def test_who_is_safe_may_go_on_shopping(text: str) -> None:
    assert heard(measures(-1.3), tracker(crisis_before="self_harm"), text)[0] not in DANGER


def test_half_heard_danger_adds_up_over_turns() -> None:
    def said(danger: float) -> UserUttered:
        return UserUttered(
            "…", parse_data={"intent": {"name": "inform"}, "entities": [], "danger": danger}
        )  # type: ignore[typeddict-unknown-key]

    half = [said(-0.3), said(-0.25)]
    assert heard(measures(-0.3), tracker(*half), "the rope, please")[0] in (
        "self_harm",
        "emergency",
    )
    assert heard(measures(-0.3), tracker(*half[:1]), "the rope, please")[0] not in DANGER
    assert heard(measures(-1.2), tracker(*half), "a lamp, please")[0] not in DANGER
    calm = [said(-1.3) for _ in range(6)]
    assert heard(measures(-0.3), tracker(*half, *calm), "the rope, please")[0] not in DANGER


def test_a_phrase_is_ruled_out_where_its_language_was_measured_and_is_calm() -> None:
    text = "请打我手机"
    assert heard(measures(-1.2, danger_read="zh"), None, text)[0] not in DANGER
    assert heard(measures(-1.2), None, text)[0] == "violence"
    assert heard(measures(-0.4, danger_read="zh"), None, "老公打我")[0] == "violence"


@pytest.mark.parametrize("text", ["feuer!", "Feuer!!", "brand!", "fuego", "fire!", "着火"])
def test_a_cry_of_one_word_is_heard(text: str) -> None:
    assert heard(Processor(), None, text)[0] == "emergency"
    assert heard(Processor(), None, f"{text.strip('!')} candles")[0] not in DANGER or text == "着火"


def test_signs_of_chinese_are_read_in_windows_too() -> None:
    text = "我昨天在你们店里买了一个台灯，今天晚上回到家里打开的时候它突然开始冒烟然后窗帘也烧起来了怎么办"
    found = windows(text)
    assert len(found) > 2 and max(map(len, found)) <= 2 * MOST
    assert set("".join(found)) == set(text) - {"，"}


BESIDE = [
    "sure, and {}", "yes but {}", "no, {}", "hi, {}", "hello there! ok, and {}", "ja, aber {}", "nee, {}",
    "sí pero {}", "oui et {}", "bonjour, {}", "hola, {}", "是的，但是{}", "你好，{}",
]  # fmt: skip


@pytest.mark.parametrize("beside", BESIDE)
@pytest.mark.parametrize("asked", ["", "confirmed", "email"])
def test_danger_behind_a_greeting_or_an_answer_is_as_plain_as_without(
    beside: str, asked: str
) -> None:
    """Measured alone it just is danger, beside another word it isn't any more; in a form and outside."""

    class Hears(Processor):
        def measured(self, text: str) -> float:
            return 0.05 if text == "it is so dark now" else -1.4

    before = (
        tracker(ActiveLoop("contact_form"), SlotSet("requested_slot", asked)) if asked else None
    )
    assert heard(Hears(), before, beside.format("it is so dark now"))[0] == "emergency"
    assert heard(Processor(), before, beside.format("it is so dark now"))[0] not in DANGER


@pytest.mark.parametrize(
    "text",
    [
        "i'm just annoyed", "no, i only meant my parcel", "lol i just want my parcel", "nein, ich meine nur das paket",
        "non je suis juste énervé", "no, solo quiero mi pedido", "nee, ik wil alleen mijn pakket", "我只是生气",
    ],
)  # fmt: skip
def test_who_was_taken_at_their_word_says_what_was_meant_and_goes_on(text: str) -> None:
    assert heard(measures(-0.1), held(), text)[0] == "safe_now"
    assert heard(measures(0.5), held(), text)[0] == "self_harm"  # whatever is said beside it


@pytest.mark.parametrize(
    ("text", "intent", "safe"),
    [("i only want to see mugs", "search_products", True), ("i only want it over", "out_of_scope", False)],
)  # fmt: skip
def test_who_only_wants_something_of_the_shop_was_not_in_danger(
    text: str, intent: str, safe: bool
) -> None:
    processor = Processor()
    processor.intents = {text.replace(" ", "_"): (intent, 0.95)}
    assert (heard(processor, held(), text)[0] == "safe_now") is safe


def test_who_it_was_that_is_back_brings_danger_back_in_each_language() -> None:
    before = tracker(crisis_before="violence")
    for text in (
        "ha vuelto",
        "er ist wieder da",
        "hij is terug",
        "il est revenu",
        "他回来了",
        "he's back",
    ):
        assert heard(measures(-1.4), before, text)[0] == "violence", text
        assert heard(measures(-1.4), None, text)[0] not in DANGER, text


@pytest.mark.parametrize(
    "text",
    [
        "no it got worse",
        "es ist schlimmer geworden",
        "c'est pire",
        "está peor",
        "het wordt erger",
        "更严重了",
    ],
)
def test_what_gets_worse_takes_back_that_one_is_safe(text: str) -> None:
    assert takes_back(text)


FAINTLY = {"kind": "self_harm", "since": 1.0, "faint": True}


def understood(processor: Processor, before: Any, text: str) -> list[dict[str, Any]]:
    return asyncio.run(understand(processor, before, text))


@pytest.mark.parametrize(
    ("danger", "text", "before", "faint"),
    [
        (0.2, "ich dreh durch", {}, True), (0.7, "ich dreh durch", {}, False), (0.2, "ik wil niet meer leven", {}, False),
        (0.2, "again", {"crisis": FAINTLY}, False), (0.2, "again", {"crisis_before": "self_harm"}, False),
        (0.2, "again", {"crisis_before": "self_harm", "crisis_was_faint": True}, True),
    ],
)  # fmt: skip
def test_danger_is_faint_when_no_phrase_says_it_and_it_was_hardly_measured_once(
    danger: float, text: str, before: dict[str, Any], faint: bool
) -> None:
    (first,) = understood(measures(danger), tracker(**before), text)
    assert first["intent"]["name"] in DANGER and first["faint"] is faint


def test_a_calm_request_ends_faint_danger_and_is_answered() -> None:
    text = "lol no, i need a bookshelf"
    for more in (
        {},
        {"entities": [{"entity": "category", "value": "shelf", "start": 0, "end": 1}]},
    ):
        processor = Processor(
            **({} if more else {text.replace(" ", "_"): ("search_products", 0.9)})
        )
        processor.more = more
        found = understood(processor, tracker(crisis=FAINTLY), text)
        assert [one["intent"]["name"] for one in found][:1] == ["safe_now"] and len(found) == 2
        assert found[1]["intent"]["name"] not in {"safe_now", *DANGER}
        assert heard(processor, held(), text)[0] == "self_harm"  # what was plain holds


@pytest.mark.parametrize(
    ("text", "danger"),
    [
        ("the rope please", -0.5), ("a lamp, but i'm not ok", -1.4), ("no", -1.4), ("so dark", -1.4), ("a lamp to die", 0.2),
        ("i won't need it anyway, cancel my order", -1.4),
    ],
)  # fmt: skip
def test_faint_danger_holds_where_the_request_isnt_calm(text: str, danger: float) -> None:
    processor = measures(danger)
    asks = any(word in text for word in ("rope", "lamp", "cancel"))
    processor.intents = {text.replace(" ", "_"): ("search_products" if asks else "deny", 0.95)}
    (first,) = understood(processor, tracker(crisis=FAINTLY), text)
    assert first["intent"]["name"] in DANGER


@pytest.mark.parametrize(
    "text",
    [
        "it's only a question", "i was only asking about the ingredients", "nobody is hurt", "no, my son is fine", "nothing happened, i want snacks",
        "das war nur eine frage", "niemand ist verletzt", "es ist nichts passiert", "meinem sohn geht es gut", "c'est juste une question",
        "personne n'est blessé", "mon fils va bien", "es solo una pregunta", "nadie está herido", "mi hijo está bien", "het was maar een vraag",
        "er is niets gebeurd", "met mijn zoon gaat het prima, niemand is gewond", "我只是问问成分", "没有人受伤", "我儿子没事",
    ],
)  # fmt: skip
def test_who_says_that_there_is_no_emergency_is_believed(text: str) -> None:
    assert heard(measures(-0.9), held("emergency"), text)[0] == "safe_now"
    assert heard(measures(0.0), held("emergency"), text)[0] == "emergency"
    for kind in ("self_harm", "violence"):
        assert heard(measures(-0.9), held(kind), text)[0] == kind


@pytest.mark.parametrize(
    "text", ["my son is not fine, nobody is hurt", "only a question, it's getting worse"]
)
def test_no_emergency_that_is_taken_back_is_one(text: str) -> None:
    assert heard(measures(-0.9), held("emergency"), text)[0] == "emergency"


@pytest.mark.parametrize("text", ["it's the jacket", "es ist die jacke", "c'est la veste", "es la chaqueta", "het is de jas", "是那件夹克"])  # fmt: skip
def test_a_thing_that_it_is_about_is_no_emergency(text: str) -> None:
    thing = {"entity": "category", "value": "jacket", "start": 0, "end": 1}
    assert heard(measures(-0.9), held("emergency"), text)[0] == "emergency"
    assert heard(measures(-0.9, entities=[thing]), held("emergency"), text)[0] == "safe_now"
    assert heard(measures(-0.9, entities=[thing]), held(), text)[0] == "self_harm"


def test_a_second_calm_wish_ends_an_emergency_and_nothing_else() -> None:
    def after(kind: str, measured: float) -> Any:
        wish = {"name": "search_products", "confidence": 0.9}
        ranking = [{"name": kind, "confidence": 1.0}, wish]
        said: Any = {
            "intent": ranking[0],
            "intent_ranking": ranking,
            "entities": [],
            "danger": measured,
        }
        before = held(kind)
        before.update(UserUttered("teas please", ranking[0], [], said))
        return before

    processor = Processor(show_me_teas=("search_products", 0.9))
    assert heard(processor, held("emergency"), "show me teas")[0] == "emergency"
    assert heard(processor, after("emergency", 0.4), "show me teas")[0] == "emergency"
    for kind in ("self_harm", "violence"):
        assert heard(processor, after(kind, -1.2), "show me teas")[0] == kind
    found = understood(processor, after("emergency", -1.2), "show me teas")
    assert [one["intent"]["name"] for one in found] == ["safe_now", "search_products"]


@pytest.mark.parametrize(
    "text", ["lol no", "haha nein", "mdr non", "jaja no", "haha nee", "哈哈不是"]
)
def test_who_laughs_at_faint_danger_is_in_none(text: str) -> None:
    (first,) = understood(measures(-1.2), tracker(crisis=FAINTLY), text)
    assert first["intent"]["name"] == "safe_now"
    assert heard(measures(-1.2), held(), text)[0] == "self_harm"
    assert heard(measures(-0.4), tracker(crisis=FAINTLY), text)[0] == "self_harm"


def test_after_faint_danger_it_takes_more_to_be_back_in_it() -> None:
    after = {"crisis_before": "self_harm"}
    assert heard(measures(-0.5), tracker(**after), "mad about it")[0] == "self_harm"
    faintly = tracker(**after, crisis_was_faint=True)
    assert heard(measures(-0.5), faintly, "mad about it")[0] not in DANGER
    assert heard(measures(-0.1), faintly, "mad about it")[0] == "self_harm"
    assert heard(measures(-1.4), faintly, "i lied, i'm not safe")[0] == "self_harm"


def test_a_button_does_what_it_says_while_danger_is_faint() -> None:
    assert beside(Processor(), tracker(crisis=FAINTLY), "Show more", "/show_more") is None
