"""What a message means at its place in a conversation."""

import asyncio
from typing import Any

import pytest
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActiveLoop, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.dialogue.understanding import understand
from bot.paths import REPOSITORY

DOMAIN = Domain.load(str(REPOSITORY / "bot/dialogue/domain"))


class Processor:
    """Understands what the test says it does."""

    def __init__(self, **intents: tuple[str, float]) -> None:
        self.intents = intents
        self.entities: list[dict[str, Any]] = []

    async def parse_message(self, message: Any) -> dict[str, Any]:
        name, confidence = self.intents.get(message.text.replace(" ", "_"), ("out_of_scope", 0.9))
        return {
            "text": message.text,
            "intent": {"name": name, "confidence": confidence},
            "intent_ranking": [{"name": name, "confidence": confidence}],
            "entities": [dict(one) for one in self.entities],
        }


def tracker(*events: Any, **slots: Any) -> DialogueStateTracker:
    made = DialogueStateTracker.from_events("c", [], slots=DOMAIN.slots, domain=DOMAIN)
    for event in [*(SlotSet(name, value) for name, value in slots.items()), *events]:
        made.update(event, DOMAIN)
    return made


def in_form(asked: str) -> DialogueStateTracker:
    return tracker(ActiveLoop("order_form"), requested_slot=asked)


def intents(processor: Processor, before: Any, text: str) -> list[str]:
    loop = asyncio.new_event_loop()
    try:
        parsed = loop.run_until_complete(understand(processor, before, text))
    finally:
        loop.close()
    return [one["intent"]["name"] for one in parsed]


def test_an_answer_in_the_customers_words_is_an_answer() -> None:
    processor = Processor(
        the_zip_is_broken=("damaged_item", 0.9), blue_please=("refine_search", 0.9)
    )
    for text in ("the zip is broken", "blue please"):
        assert intents(processor, in_form("detail"), text) == ["inform"]
    assert intents(processor, None, "the zip is broken") == ["damaged_item"]


def test_side_questions_and_stopping_still_get_through() -> None:
    processor = Processor(
        do_you_deliver=("delivery_info", 0.9),
        stop_it=("stop", 0.6),
        hm=("delivery_info", 0.4),
        i_lost_it=("stop", 0.4),
    )
    assert intents(processor, in_form("detail"), "do you deliver") == ["delivery_info"]
    assert intents(processor, in_form("email"), "stop it") == ["stop"]
    assert intents(processor, in_form("detail"), "hm") == ["inform"]
    assert intents(processor, in_form("email"), "i lost it") == ["inform"]


def test_another_request_takes_over_from_a_form() -> None:
    processor = Processor(i_want_to_cancel=("cancel_order", 0.9), no_idea=("deny", 0.9))
    assert intents(processor, in_form("order_number"), "i want to cancel") == ["cancel_order"]
    assert intents(processor, in_form("order_number"), "no idea") == ["inform"]


def test_thanks_and_a_bare_no_leave_a_form() -> None:
    processor = Processor(thank_you_so_much=("thank", 0.9), no_wait=("deny", 0.9))
    for text in ("thank you so much", "no wait"):
        assert intents(processor, in_form("order_number"), text) == ["stop"]


def test_two_requests_are_served_in_their_order() -> None:
    processor = Processor(
        where_is_my_order=("order_status", 0.9),
        what_are_your_hours=("opening_hours", 0.9),
        show_me_red_mugs=("search_products", 0.9),
        show_me_blue_mugs=("search_products", 0.9),
    )
    text = "where is my order and what are your hours"
    assert intents(processor, None, text) == ["order_status", "opening_hours"]
    assert intents(processor, None, "show me red mugs and show me blue mugs") == ["out_of_scope"]
    assert intents(processor, None, "where is my order and thanks") == ["out_of_scope"]


@pytest.mark.parametrize(("length", "found"), [(600, True), (601, False)])
def test_a_message_that_the_encoder_cannot_read_whole_is_one_request(
    length: int, found: bool
) -> None:
    story = "where is my order" + " very much" * 60
    story = story[: length - len(" and what are your hours")]
    processor = Processor(
        **{story.replace(" ", "_"): ("order_status", 0.9)},
        what_are_your_hours=("opening_hours", 0.9),
    )
    text = f"{story} and what are your hours"
    assert len(text) == length
    named = intents(processor, None, text)
    assert named == (["order_status", "opening_hours"] if found else ["out_of_scope"])


def test_of_two_things_about_orders_the_second_waits() -> None:
    processor = Processor(
        i_want_to_return_a_jumper=("return_item", 0.9), where_is_my_parcel=("order_status", 0.9)
    )
    text = "i want to return a jumper and where is my parcel"
    loop = asyncio.new_event_loop()
    (first,) = loop.run_until_complete(understand(processor, None, text))
    loop.close()
    assert (first["intent"]["name"], first["later"]) == ("return_item", "order_status")


@pytest.mark.parametrize("before", [None, in_form("order_number")])
def test_what_is_left_is_not_what_is_wanted(before: Any) -> None:
    processor = Processor(
        only_the_address_changes=("change_address", 0.9), i_keep_it_then=("thank", 0.9)
    )
    text = "never mind the return, only the address changes"
    assert intents(processor, before, text) == ["change_address"]
    assert "change_address" not in intents(processor, before, "leave it, i keep it then")


def test_a_few_words_after_an_answer_ask_for_more_of_it() -> None:
    def after(action: str, intent: str) -> DialogueStateTracker:
        return tracker(UserUttered("x", {"name": intent}), ActionExecuted(action))

    processor = Processor(
        how_long_do_they_last=("search_products", 0.5), ok_and_to_spain=("nlu_fallback", 0.4),
        where_is_it=("order_status", 0.9),
    )  # fmt: skip
    gifts, delivery = (
        after("action_answer_policy", "gift_card"),
        after("action_delivery_info", "delivery_info"),
    )
    assert intents(processor, gifts, "how long do they last") == ["gift_card"]
    assert intents(processor, delivery, "ok and to spain") == ["delivery_info"]
    returns = after("action_returns_policy", "returns_policy")
    assert intents(processor, returns, "ok and to spain") == ["returns_policy"]
    assert intents(processor, delivery, "where is it") == ["order_status"]
    assert intents(processor, after("action_show_more", "show_more"), "how long do they last") == [
        "search_products"
    ]


def test_what_is_to_go_with_something_is_searched() -> None:
    processor = Processor(
        a_sleeping_bag_to_go_with_it=("goes_with", 0.9), what_goes_with_the_tent=("goes_with", 0.9)
    )
    processor.entities = [{"entity": "category", "value": "bags", "start": 2, "end": 14}]
    assert intents(processor, tracker(), "a sleeping bag to go with it") == ["search_products"]
    processor.entities = [{"entity": "category", "value": "tents", "start": 19, "end": 23}]
    assert intents(processor, tracker(), "what goes with the tent") == ["goes_with"]


@pytest.mark.parametrize(
    "text, meant",
    [
        ("do you sell tents for 4 people", "search_products"),
        ("have you got any light tents", "search_products"),
        ("do you have a returns address for tents", "policy_question"),
        ("do you clean tents", "policy_question"),
    ],
)
def test_whether_something_is_sold_is_a_search(text: str, meant: str) -> None:
    processor = Processor(**{text.replace(" ", "_"): ("policy_question", 0.6)})
    start = text.index("tents")
    entity = {"entity": "category", "value": "tents", "start": start, "end": start + 5}
    processor.entities = [entity]
    assert intents(processor, tracker(), text) == [meant]


def test_a_few_words_make_sense_after_a_search() -> None:
    processor = Processor()
    processor.entities = [{"entity": "size", "value": "L"}]
    searched = tracker(search={"text": "a jacket", "filters": {}, "seen": []})
    assert intents(processor, searched, "L") == ["refine_search"]
    assert intents(processor, tracker(), "L") == ["search_products"]
    sized = Processor(size_39=("size_advice", 0.9), is_it_red=("product_availability", 0.9))
    sized.entities = [{"entity": "size", "value": "39"}]
    assert intents(sized, searched, "size 39") == ["refine_search"]
    assert intents(sized, searched, "is it red") == ["product_availability"]
    processor.entities = [{"entity": "ordinal", "value": 2}]
    assert intents(processor, tracker(shown_products=["A", "B"]), "the 2nd") == ["product_details"]


def test_who_dislikes_a_colour_after_a_search_wants_another() -> None:
    texts = ("black is not for me", "the black one is not for me", "i don't like it")
    processor = Processor(**{text.replace(" ", "_"): ("dislike", 0.9) for text in texts})
    before = tracker(search={"text": "mugs", "filters": {}, "seen": [], "shown": []})
    black = {"entity": "colour", "value": "black", "start": 0, "end": 5, "negated": True}
    processor.entities = [black]
    assert intents(processor, before, texts[0]) == ["refine_search"]
    assert intents(processor, tracker(), texts[0]) == ["dislike"]
    assert intents(processor, before, texts[1]) == ["dislike"]
    processor.entities = [{**black, "entity": "category", "value": "mugs"}]
    assert intents(processor, before, texts[0]) == ["dislike"]
    processor.entities = []
    assert intents(processor, before, texts[2]) == ["dislike"]


def test_undo_means_what_was_done_last() -> None:
    processor = Processor(undo_that=("undo_refinement", 0.9))
    assert intents(processor, tracker(ActionExecuted("action_do_order_task")), "undo that") == [
        "undo_request"
    ]
    assert intents(processor, tracker(ActionExecuted("action_refine_search")), "undo that") == [
        "undo_refinement"
    ]


def test_undo_after_anything_for_staff_means_that() -> None:
    processor = Processor(undo_that=("undo_refinement", 0.9))
    assert intents(processor, tracker(ActionExecuted("action_do_contact_task")), "undo that") == [
        "undo_request"
    ]


def test_undo_means_a_request_until_a_search_comes_after_it() -> None:
    processor = Processor(undo_it=("undo_refinement", 0.9))
    asked = [
        SlotSet("last_request", {"reference": "R-7K3M-9QXD"}),
        ActionExecuted("action_request_status"),
    ]
    search = [SlotSet("search_made", {"kind": "search"}), ActionExecuted("action_search_products")]
    undone = [SlotSet("last_request", None), ActionExecuted("action_undo_request")]
    for events, meant in (
        (asked, "undo_request"), ([*search, *asked], "undo_request"), (search, "undo_refinement"),
        ([*asked, *search], "undo_refinement"), ([*asked, *undone], "undo_refinement"),
    ):  # fmt: skip
        assert intents(processor, tracker(*events), "undo it") == [meant]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("yes but don't mail me", "deny"), ("please don't mail me", "deny"), ("don't sign me up", "deny"),
        ("yes please mail me", "newsletter_on"), ("why not sign me up", "newsletter_on"),
        ("i didn't get it", "newsletter_on"),
    ],
)  # fmt: skip
def test_who_refuses_mails_is_not_asked_whether_to_get_them(text: str, meant: str) -> None:
    processor = Processor(**{text.replace(" ", "_"): ("newsletter_on", 0.9)})
    assert intents(processor, tracker(), text) == [meant]


def test_stop_after_alerts_ends_one() -> None:
    processor = Processor(stop_it=("stop", 0.9))
    for action, alerts, last, meant in (
        ("action_list_alerts", [{}], None, "end_alert"), ("action_list_alerts", [], None, "stop"),
        ("action_do_contact_task", [{}], {"kind": "stock_alert"}, "end_alert"),
        ("action_do_contact_task", [{}], {"kind": "newsletter_on"}, "stop"),
        ("action_opening_hours", [{}], {"kind": "stock_alert"}, "stop"),
    ):  # fmt: skip
        before = tracker(ActionExecuted(action), alerts=alerts, last_request=last)
        assert intents(processor, before, "stop it") == [meant]


def test_a_question_about_an_order_that_is_named_is_no_question_of_policy() -> None:
    processor = Processor(
        is_it_still_cancelled=("policy_question", 0.4), fees=("policy_question", 0.9)
    )
    assert intents(processor, tracker(), "is it still cancelled") == ["policy_question"]
    processor.entities = [{"entity": "order_number", "value": "HF-1", "start": 0, "end": 1}]
    assert intents(processor, tracker(), "is it still cancelled") == ["order_status"]
    assert intents(processor, tracker(), "fees") == ["policy_question"]


def test_a_reference_alone_asks_for_its_state() -> None:
    processor = Processor()
    assert intents(processor, tracker(), "R-7K3M-9QXD please") == ["out_of_scope"]
    processor.entities = [
        {"entity": "reference", "value": "R-7K3M-9QXD", "start": 0, "end": 11, "extractor": "x"}
    ]
    assert intents(processor, tracker(), "R-7K3M-9QXD please") == ["request_status"]


@pytest.mark.parametrize(
    ("text", "meant"), [("😡😡", "complaint"), ("👍", "thank"), ("???", "repeat")]
)
def test_signs_alone_mean_something(text: str, meant: str) -> None:
    assert intents(Processor(), tracker(), text) == [meant]


def test_a_slash_is_only_a_sign() -> None:
    parsed = asyncio.new_event_loop().run_until_complete(
        understand(Processor(), tracker(), "/restart")
    )
    assert parsed[0]["text"] == "/restart" and parsed[0]["intent"]["name"] == "out_of_scope"


def in_survey(**question: Any) -> DialogueStateTracker:
    asked = {"id": "q", "ask": "?", **question}
    return tracker(ActiveLoop("survey_form"), survey={"question": asked})


def test_what_answers_a_survey_is_an_answer_and_a_question_is_not() -> None:
    processor = Processor(
        the_delivery_was_late=("delivery_info", 0.9), **{"do_you_deliver_on_sunday?": ("delivery_info", 0.9)},
        five=("order_status", 0.9), get_me_a_person=("talk_to_human", 0.9), yes=("affirm", 0.9),
        where_is_my_order=("order_status", 0.9),
    )  # fmt: skip
    text, score = in_survey(kind="text"), in_survey(kind="csat")
    assert intents(processor, text, "the delivery was late") == ["inform"]
    assert intents(processor, text, "do you deliver on sunday?") == ["delivery_info"]
    assert intents(processor, text, "get me a person") == ["talk_to_human"]
    assert intents(processor, score, "five") == ["inform"]
    assert intents(processor, score, "yes") == ["inform"]  # asked again, not chatted about
    assert intents(processor, score, "where is my order") == ["order_status"]
    own = in_survey(kind="single", options=("A", "B"), other=True)
    assert intents(processor, own, "the delivery was late") == ["inform"]


def test_ones_own_data_comes_before_any_question_of_a_form() -> None:
    processor = Processor(delete_my_data=("delete_data", 0.9), erase_it=("delete_data", 0.5))
    for asked in ("order_number", "email", "detail", "confirmed", "code"):
        assert intents(processor, in_form(asked), "delete my data") == ["delete_data"]
    assert intents(processor, in_form("detail"), "erase it") == ["inform"]  # not surely
    scope = tracker(ActiveLoop("data_form"), requested_slot="data_scope")
    assert intents(processor, scope, "delete my data") == ["inform"]


def test_a_code_is_a_code_and_no_order() -> None:
    processor = Processor(it_is_123456=("order_status", 0.9), cancel_123456=("cancel_order", 0.9))
    processor.entities = [{"entity": "order_number", "value": "123456", "start": 6, "end": 12}]
    for text in ("it is 123456", "123 456", "123-456"):
        loop = asyncio.new_event_loop()
        parsed = loop.run_until_complete(understand(processor, in_form("code"), text))
        loop.close()
        assert [(one["intent"]["name"], one["entities"]) for one in parsed] == [("inform", [])]
    assert intents(processor, in_form("order_number"), "cancel 123456") == ["cancel_order"]


def test_a_number_does_not_drown_what_is_wanted_of_its_order() -> None:
    text = "return HF-10222, anna@example.com"
    processor = Processor(return_my_order=("return_item", 0.9), here_it_is_my_order=("inform", 0.9))
    processor.intents[text.replace(" ", "_")] = ("inform", 0.9)
    processor.intents["here_it_is_HF-10222"] = ("inform", 0.9)
    processor.entities = [{"entity": "order_number", "value": "HF-10222", "start": 7, "end": 15}]
    assert intents(processor, tracker(), text) == ["return_item"]
    assert intents(processor, tracker(), "here it is HF-10222") == ["inform"]
    processor.entities = []
    assert intents(processor, tracker(), text) == ["inform"]


def parsed_of(processor: Processor, text: str) -> list[dict[str, Any]]:
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(understand(processor, tracker(), text))
    finally:
        loop.close()


def values_in(text: str) -> list[dict[str, Any]]:
    return [
        {
            "entity": entity,
            "value": value,
            "start": text.index(value),
            "end": text.index(value) + len(value),
        }
        for entity, value in (("order_number", "HF-10222"), ("email", "anna.b@example.com"))
    ]


class Reader(Processor):
    """A processor that finds number and email where they stand."""

    async def parse_message(self, message: Any) -> dict[str, Any]:
        parsed = await super().parse_message(message)
        found = [one for one in values_in(VALUES) if one["value"] in message.text]
        places = [(one, message.text.index(one["value"])) for one in found]
        parsed["entities"] = [
            {**one, "start": at, "end": at + len(one["value"])} for one, at in places
        ]
        return parsed


VALUES = "HF-10222 anna.b@example.com"


def test_number_and_email_belong_to_every_part_of_a_message() -> None:
    processor = Reader(
        **{f"cancel_{VALUES.replace(' ', '_')}": ("cancel_order", 0.9)},
        sign_me_up_for_the_newsletter=("newsletter_on", 0.9),
    )
    told = parsed_of(processor, f"cancel {VALUES} and sign me up for the newsletter")
    assert [one["intent"]["name"] for one in told] == ["cancel_order", "newsletter_on"]
    for one in told:
        assert {entity["value"] for entity in one["entities"]} == set(VALUES.split())


def test_no_half_of_a_message_ends_within_an_email() -> None:
    processor = Reader(please_cancel_HF_10222_anna=("cancel_order", 0.9))
    processor.intents["please_cancel_HF-10222_anna"] = ("cancel_order", 0.9)
    processor.intents["b@example.com_and_the_newsletter"] = ("newsletter_on", 0.9)
    assert intents(processor, tracker(), f"please cancel {VALUES} and the newsletter") == [
        "out_of_scope"
    ]


@pytest.mark.parametrize(
    ("first", "sure", "found"),
    [("account_help", 0.9, "cancel_order"), ("policy_question", 0.5, "cancel_order"),
     ("policy_question", 0.9, "policy_question"), ("return_item", 0.9, "return_item")],
)  # fmt: skip
def test_what_is_wanted_is_read_without_number_and_email(
    first: str, sure: float, found: str
) -> None:
    text = f"cancel order {VALUES}"
    processor = Reader(cancel_my_order=("cancel_order", 0.9))
    processor.intents[text.replace(" ", "_")] = (first, sure)
    assert intents(processor, tracker(), text) == [found]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("please send HF-10222 to Lindenweg 12, 50667 Köln", "change_address"),
        ("HF-10222 moet naar Kerkstraat 5, 1017 GC Amsterdam", "change_address"),
        ("was HF-10222 sent to Lindenweg 12, 50667 Köln?", "order_status"),
        ("where is HF-10222, I live in Lindenweg 12, 50667 Köln", "order_status"),
        ("please send HF-10222 to me", "order_status"),
    ],
)
def test_an_order_that_is_to_go_to_an_address_gets_a_new_one(text: str, found: str) -> None:
    processor = Reader()
    processor.intents[text.replace(" ", "_")] = ("order_status", 0.9)
    assert intents(processor, tracker(), text) == [found]
