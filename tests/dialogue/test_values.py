"""Numbers and addresses that a message names more than once."""

from typing import Any

import pytest

from bot.dialogue.values import other_orders, put_right


def parsed(text: str, number: str) -> dict[str, Any]:
    at = text.index(number)
    one = {"entity": "order_number", "value": number, "start": at, "end": at + len(number)}
    return {"text": text, "entities": [one]}


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("where is HF-10299, no sorry, HF-10229", "HF-10229"),
        ("HF-10299. no, HF-10229", "HF-10229"),
        ("cancel HF-10299 i meant HF-10229", "HF-10229"),
        ("HF-10299 and HF-10229", "HF-10299"),
        ("HF-10299 not HF-10299", "HF-10299"),
    ],
)
def test_a_number_that_is_put_right_takes_the_place_of_the_first(text: str, means: str) -> None:
    (entity,) = put_right(parsed(text, "HF-10299"))["entities"]
    assert entity["value"] == means
    assert text[entity["start"] : entity["end"]] == means


def test_the_orders_beside_the_first_are_known_once_each() -> None:
    said = parsed("cancel HF-10299 and HF-10229, HF-10230 and HF-10229", "HF-10299")
    assert other_orders(said) == ["HF-10229", "HF-10230"]
    assert other_orders(put_right(parsed("HF-10299, sorry i meant HF-10229", "HF-10299"))) == []
    assert other_orders({"text": "hello", "entities": []}) == []
