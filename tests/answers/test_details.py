"""What a customer says that a task has to know."""

import pytest

from bot.answers.details import address_in, data_scope_in, is_plausible


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("change the address of HF-10222 to Keizersgracht 1, 1015 CJ Amsterdam, my mail is anna@example.com",
         "Keizersgracht 1, 1015 CJ Amsterdam"),
        ("my mail is anna@example.com, please send HF-10222 to 12 Rose Street, 1234 AB Utrecht, Netherlands",
         "12 Rose Street, 1234 AB Utrecht, Netherlands"),
        ("change the address of HF-10222 to Keizersgracht 1 1015 CJ Amsterdam my mail is anna@example.com",
         "Keizersgracht 1 1015 CJ Amsterdam"),
        ("HF-10222 moet naar Dorpsstraat 5, 1234 AB Utrecht", "Dorpsstraat 5, 1234 AB Utrecht"),
        ("can i change the address? my new one is Hauptstr. 12, 10115 Berlin", "Hauptstr. 12, 10115 Berlin"),
        ("订单HF-10222地址改成北京市朝阳区建国路88号", "北京市朝阳区建国路88号"),
        ("new address: 4 Mill Lane, AB1 2CD Leeds, thanks", "4 Mill Lane, AB1 2CD Leeds"),
        ("i need to change the address of order HF-10222, anna@example.com", ""),
        ("change my address, i moved 3 days ago", ""),
        ("send HF-10222 to my office", ""),
    ],
)  # fmt: skip
def test_an_address_is_found_beside_other_things(text: str, address: str) -> None:
    assert address_in(text) == address


@pytest.mark.parametrize(
    ("kind", "text", "plausible"),
    [
        ("change_address", "12 Rose Street, 1234 AB Utrecht", True),
        ("change_address", "北京市朝阳区建国路88号", True),
        ("change_address", "yes", False),
        ("change_address", "to my office please", False),
        ("change_address", "12", False),
        ("change_address", "HF-10222 anna@example.com", False),
        ("return", "too small", True),
        ("return", "zu klein", True),
        ("return", "ok thanks", False),
        ("return", "ja", False),
        ("damaged", "HF-10222", False),
        ("damaged", "?", False),
        ("damaged", "no lid", True),
        ("return", "Yes, register it", False),
        ("damaged", "Yes, report it", False),
        ("change_items", "I want to change the items in HF-10225, diego@example.com", False),
        ("change_items", "I want to change the items in HF-10225 to two mugs", True),
    ],
)
def test_a_detail_has_to_be_one(kind: str, text: str, plausible: bool) -> None:
    assert is_plausible(kind, text) is plausible


@pytest.mark.parametrize(
    ("text", "scope"),
    [
        ("just this one", "here"), ("hm, only this chat i think", "here"), ("everything", "all"), ("ok, all of it", "all"),
        ("No, everything you have", "all"), ("alles", "all"), ("这个对话", "here"), ("ok but only the surveys", ""),
        ("ok but only my phone number", ""), ("sure, but NOT this chat", ""), ("everything but the surveys", ""),
        ("all except this chat", ""), ("what is in this one?", ""), ("don’t touch this chat", ""), ("yes", ""),
        ('/inform{"data_scope": "here"}', "here"), ('/inform{"data_scope": "all"}', "all"),
    ],
)  # fmt: skip
def test_which_data_is_meant_has_to_be_said_and_not_ruled_out(text: str, scope: str) -> None:
    assert data_scope_in(text) == scope
