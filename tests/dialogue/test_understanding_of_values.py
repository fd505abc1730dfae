"""Order numbers and emails in a message neither hide nor make a wish."""

import asyncio
from typing import Any

import pytest

from bot.dialogue.understanding import understand
from tests.dialogue.understanding import Processor, intents, tracker


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
        tell_me_your_opening_hours=("opening_hours", 0.9),
    )
    told = parsed_of(processor, f"cancel {VALUES} and tell me your opening hours")
    assert [one["intent"]["name"] for one in told] == ["cancel_order", "opening_hours"]
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
