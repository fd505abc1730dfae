"""Personal data is found in what people write, and little else is taken for it."""

import pytest

from bot.privacy import KINDS, find, mask
from tests.bench.privacy import messages, score


@pytest.mark.parametrize("held_out", [False, True])
def test_nearly_all_of_the_written_set_is_found(held_out: bool) -> None:
    result = score([one for one in messages() if one.held_out == held_out])
    assert result.recall >= 0.97, result.missed
    assert result.precision >= 0.95, result.wrong
    assert result.clean_masked <= result.clean * 0.03, result.wrong


def test_the_set_is_large_and_has_every_kind() -> None:
    everything = messages()
    assert len({one.text for one in everything}) >= 400
    assert sum(not one.personal for one in everything) >= 150
    kinds = {found.kind for one in everything for found in one.personal}
    assert kinds == set(KINDS) - {"link"}


@pytest.mark.parametrize(
    "text, masked",
    [
        (
            "my name is Anna Bakker, order HF-10222, mail anna@example.com",
            "my name is [name], order [number], mail [email]",
        ),
        ("call 020-5550134 or +31 6 1234 5678", "call [phone] or [phone]"),
        ("refund to NL91 ABNA 0417 1643 00 in full", "refund to [account] in full"),
        ("paid with 4111 1111 1111 1111, cvc 123", "paid with [card], cvc [card]"),
        ("4111 1111 1111 1112 has a typo", "[number] has a typo"),
        ("it goes to 12 High Street, London SW1A 1AA", "it goes to [address]"),
        ("https://example.com/products/mug", "https://example.com/products/mug"),
        ("https://example.com/reset?key=abc", "[link]"),
        ("a 20000 mAh power bank under 1000 euros", "a 20000 mAh power bank under 1000 euros"),
    ],
)
def test_masks_say_what_was_there(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("我的卡号是{}", "4111111111111111"), ("银行卡{}谢谢", "6222021234567890123"), ("我的电话是{}谢谢", "13912345678"),
        ("请打{}", "13912345678"), ("密码{}", "abc123xyz"), ("订单{}在哪里", "HF-10154"), ("我{}出生", "1980年4月3日"),
        ("邮箱{}谢谢", "anna@example.com"), ("账号{}谢谢", "NL91ABNA0417164300"), ("护照号{}谢谢", "E12345678"),
        ("カード番号は{}です", "4111111111111111"), ("카드번호는{}입니다", "4111111111111111"), ("โทร{}ครับ", "0812345678"),
        ("رقم{}شكرا", "4111111111111111"), ("my card{}ok", "4111111111111111"),
    ],
)  # fmt: skip
def test_a_letter_that_touches_a_number_hides_nothing(text: str, masked: str) -> None:
    """In scripts without spaces, and where somebody leaves one out."""
    hidden = mask(text.format(masked))
    before, after = text.split("{}")
    assert hidden.startswith(f"{before}[") and hidden.endswith(f"]{after}"), hidden
    assert mask(hidden) == hidden


@pytest.mark.parametrize(
    "text", ["我买了3个杯子100块", "2024年新款", "iPhone15有吗", "尺寸42码", "USB3线2米"]
)
def test_amounts_and_models_in_scripts_without_spaces_stay(text: str) -> None:
    assert mask(text) == text


def test_masking_again_changes_nothing() -> None:
    for one in messages():
        assert mask(mask(one.text)) == mask(one.text)


def test_what_is_found_lies_in_the_text_in_order_and_apart() -> None:
    for one in messages():
        at = 0
        for found in find(one.text):
            assert at <= found.start < found.end <= len(one.text)
            at = found.end


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("card 4111\u200b1111\u200b1111\u200b1111 please", "card [card] please"),
        ("card ４１１１ １１１１ １１１１ １１１１ please", "card [card] please"),
        ("call ٠٢٠ ٧٩٤٦ ٠٩٥٨ now", "call [phone] now"),
        ("\u202e\u200bｍａｉｌ anna\u200d@example.com\u200b", "\u202e\u200bｍａｉｌ [email]\u200b"),
        ("I'm Jose\u0301 Garci\u0301a, ﬁne", "I'm [name], ﬁne"),
        ("ﬁne ½ e\u0301 anna@example.com ﬁne", "ﬁne ½ e\u0301 [email] ﬁne"),
        ("👩‍👩‍👧 +31 6 1234 5678 👩‍👩‍👧", "👩‍👩‍👧 [phone] 👩‍👩‍👧"),
    ],
)
def test_what_signs_hide_is_found_and_nothing_beside_it_touched(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("my password is hunter2, ok?", "my password is [password], ok?"),
        ("the password is wrong", "the password is wrong"),
        ("我的登录密码是Panda2024", "我的登录密码是[password]"),
        ("我的密码忘了", "我的密码忘了"),
        ("我的身份证号是11010519491231002X", "我的身份证号是[identity]"),
        ("mon mot de passe c'est Tournesol77", "mon mot de passe c'est [password]"),
        ("voici mon mdp : Tournesol78", "voici mon mdp : [password]"),
        ("my pwd is Qwerty771", "my pwd is [password]"),
        ("my password's Rabbit2024", "my password's [password]"),
        ("my password's wrong", "my password's wrong"),
        ("mi pass: Girasol80", "mi pass: [password]"),
        ("mijn ww is Konijn77", "mijn ww is [password]"),
        ("passport no. X1234567", "passport no. [identity]"),
        ("model no. X123", "model no. X123"),
        ("born on 3 May 1984", "born on [birthday]"),
        ("made on 3 May 1984", "made on 3 May 1984"),
        ("ip 192.0.2.17", "ip [ip]"),
        ("firmware 192.0.2.17", "firmware 192.0.2.17"),
        ("ip 192.0.2.400", "ip 192.0.2.400"),
        ("klaus punkt weber at web punkt de", "[email]"),
        ("at this point in time", "at this point in time"),
        ("zero two oh seven nine four six", "[phone]"),
        ("one two three", "one two three"),
        ("我叫王小明，你好", "我叫[name]，你好"),
        ("我叫你来", "我叫你来"),
    ],
)
def test_kinds_that_words_around_them_tell(text: str, masked: str) -> None:
    assert mask(text) == masked


def test_only_what_was_looked_at_is_kept() -> None:
    assert "anna@example.com" not in mask("x " * 15_000 + "anna@example.com")
