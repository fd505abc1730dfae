"""Order numbers in messages, in the form that the shop's own have."""

from pathlib import Path

import pytest

from bot.answers.order_numbers import READ, OrderNumbers, _Source

OWN = OrderNumbers(["HF-10001", "HF-10999"])
DIGITS = OrderNumbers(["100000123", "100000999"])
HASH = OrderNumbers(["#1001", "#1002"])
PARTS = OrderNumbers(["302-1234567-7654321", "305-7654321-1234567"])
UNKNOWN = OrderNumbers()


def found(numbers: OrderNumbers, text: str, asked: bool = False) -> list[str]:
    return [one.number for one in numbers.find(text, asked)]


@pytest.mark.parametrize(
    ("numbers", "text", "number"),
    [
        (OWN, "where is HF-10222?", "HF-10222"),
        (OWN, "hf 10222 please", "HF-10222"),
        (OWN, "HF-100001", "HF-100001"),  # they grow
        (OWN, "order 10222 is late", "10222"),
        (OWN, "bestelling 10222 is te laat", "10222"),
        (OWN, "订单10222到了吗", "10222"),
        (OWN, "10222, anna@example.com", "10222"),
        (DIGITS, "order number 100000123", "100000123"),
        (HASH, "where is #1002", "1002"),
        (PARTS, "it's 302-1234567-7654321", "302-1234567-7654321"),
        (UNKNOWN, "order AB-5512", "AB-5512"),
        (UNKNOWN, "AB-5512", "AB-5512"),
    ],
)
def test_an_order_number_is_found(numbers: OrderNumbers, text: str, number: str) -> None:
    assert found(numbers, text) == [number]


@pytest.mark.parametrize("asked", [False, True])
@pytest.mark.parametrize(
    "text",
    [
        "+32 470 12 34 56", "+32 470 123456", "0470 12345", "my phone is 0470/12.34.56", "call 0205550134", "VAT NL854502123B01", "BE 0123.456.789",
        "i'm anna10222", "anna10222@example.com", "the Sony WH-1000XM4", "an RTX 4090", "ABC-10222", "HF-102", "HF-1022222",
        "€10222.50", "order 470",
    ],
)  # fmt: skip
def test_other_numbers_are_none_even_when_one_is_asked_for(text: str, asked: bool) -> None:
    assert found(OWN, text, asked) == []


def test_digits_alone_need_words_or_a_question() -> None:
    for numbers in (OWN, UNKNOWN):
        assert found(numbers, "i cycled 10222 miles") == []
        assert found(numbers, "i think 10222 maybe", asked=True) == ["10222"]
    assert found(UNKNOWN, "a WH-1000 please") == []
    assert found(DIGITS, "i cycled 10222 miles", asked=True) == []


def test_where_it_stands_is_told() -> None:
    (one,) = OWN.find("is HF-10222 late")
    assert ("is HF-10222 late"[one.start : one.end], one.number) == ("HF-10222", "HF-10222")


def test_the_file_is_read_again_when_it_changed(tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    source = _Source(file, ("Q-77777",), {})
    assert found(source.numbers(), "see Q-77778 and AB-1234") == ["Q-77778"]
    file.write_text("order_number,email\nAB-1233,a@example.com\n", encoding="utf-8")
    assert found(source.numbers(), "see Q-77778 and AB-1234") == ["Q-77778", "AB-1234"]
    known = source.numbers()
    assert source.numbers() is known
    file.write_bytes(b"\xff\xfe\x00 no csv \x00" * 3)
    assert found(source.numbers(), "see Q-77778 and AB-1234") == ["Q-77778"]
    assert READ > 1000
