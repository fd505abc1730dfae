"""Logs have one line for each thing, its conversation, and nobody's personal data."""

import json
import logging
import sys

import pytest

from bot.logs import OneLine, about, trace_of


def record(words: str, *args: object, fault: bool = False, **fields: object) -> logging.LogRecord:
    found = sys.exc_info() if fault else None
    made = logging.LogRecord("x", logging.ERROR, __file__, 1, words, args, found)
    made.__dict__.update(about(**fields))
    return made


def test_a_line_has_its_fields_in_both_forms() -> None:
    made = record("turn", conversation="c1", seconds=0.12345678, fallback=None, note="a b")
    assert OneLine("web", False).format(made) == (
        'ERROR turn conversation=c1 seconds=0.1235 note="a b"'
    )
    read = json.loads(OneLine("web", True).format(made))
    assert read["process"] == "web" and read["said"] == "turn" and read["seconds"] == 0.1235
    assert read["at"].endswith("+00:00") and "fallback" not in read


@pytest.mark.parametrize("as_json", [True, False])
def test_an_error_is_one_line_without_the_customers_data(as_json: bool) -> None:
    try:
        raise ValueError("can't read\n'anna@example.com' of +31 6 12345678")
    except ValueError:
        made = record("Lost %s\nof %s", "a message", "tom@example.com", fault=True)
    said = OneLine("web", as_json).format(made)
    assert "\n" not in said and "ValueError" in said and "test_logs.py:" in said
    assert "example.com" not in said and "12345678" not in said and "[email]" in said


def test_the_trace_is_the_widgets_own_id() -> None:
    assert trace_of("conversation-1234-abcd", "conversation") == "1234-abcd"
    assert trace_of(None, "conversation") == ""
