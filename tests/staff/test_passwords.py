"""A new password of staff isn't one that anybody would try first."""

import pytest

from bot.staff.passwords import BadPassword, check

NAMES = ("marieke@hearth.example", "Marieke de Boer", "Hearth & Field")


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("nine char", "10 to 200"),
        ("x y" * 70, "10 to 200"),
        ("aaaaaaaaaaaa", "few different"),
        ("1111222233", "few different"),
        ("adminadmin", "again and again"),
        ("AdminAdmin1", "again and again"),
        ("horse-horse-horse", "again and again"),
        ("ａｄｍｉｎａｄｍｉｎ", "again and again"),
        ("1234567890", "tried first"),
        ("9876543210", "tried first"),
        ("qwertyuiop", "tried first"),
        ("Password123", "tried first"),
        ("p@55w0rd2026!", "tried first"),
        ("welcome-2026", "tried first"),
        ("marieke2026", "many know"),
        ("Hearth&Field", "many know"),
        ("hearth-1234567", "many know"),
    ],
)
def test_what_is_easily_guessed_is_refused(password: str, why: str) -> None:
    with pytest.raises(BadPassword, match=why):
        check(password, *NAMES)


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery",
        "ten chars!",
        "hearth of seven lanterns",  # a name beside enough else
        "x7-kQ2.mm9",
        "пароль из четырёх слов",
        "abcdefghij runs on",
    ],
)
def test_what_is_not_is_taken(password: str) -> None:
    check(password, *NAMES)


def test_the_names_are_those_of_the_account() -> None:
    check("marieke2026", "anna", "Anna", "Other shop")
