"""The widget's form for a call: taken as the talk takes it, or refused with the part that is wrong."""

import pytest

from tests.web.fake_engine import FakeEngine
from tests.web.test_chat import Customer
from tests.web.test_chat import customer as customer


def test_a_call_is_passed_on_with_its_number_in_full(
    customer: Customer, engine: FakeEngine
) -> None:
    form = {"name": " Anna  Berg ", "phone": "020 624 1111", "time": ""}
    assert customer.send("Call me: 020 624 1111", call_back=form).status_code == 202
    customer.events(2)
    (turn,) = engine.turns
    assert turn["payload"] == "/call_back" and turn["text"] == "Call me: 020 624 1111"
    assert turn["call_back"] == {"phone": "+31206241111", "name": "Anna Berg", "time": ""}


@pytest.mark.parametrize(
    ("form", "part"),
    [
        ({"phone": "123"}, "call_back.phone"),
        ({"name": "Anna"}, "call_back.phone"),
        ({"phone": 206241111}, "call_back.phone"),
        ({"phone": "+31206241111", "time": "x" * 201}, "call_back.time"),
        ({"phone": "+31206241111", "intent": "x"}, "call_back.intent"),
        ("+31206241111", "call_back"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_kept(
    customer: Customer, engine: FakeEngine, form: object, part: str
) -> None:
    answer = customer.send("Call me", call_back=form)
    assert answer.status_code == 400 and f"'{part}'" in answer.json()["error"]
    assert customer.http.get("/chat/messages", headers=customer.headers).json()["messages"] == []
    assert engine.turns == []
