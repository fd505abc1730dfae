"""What a mail says for one person."""

import pytest

from bot.campaigns.letter import fill, follow_links, read_letter


@pytest.mark.parametrize("escape", [True, False])
def test_a_name_is_no_link_and_no_place_of_the_mail(escape: bool) -> None:
    letter = read_letter("Hi {name|there}, see [ours](https://shop.example/new)", "#111111")
    name = "\ue000link:https://evil.example/login\ue001 \ue003\ue004 Ann"
    followed: list[str] = []

    def signed(url: str) -> str:
        followed.append(url)
        return "https://chat.example/mail/go/1"

    text = letter.html if escape else letter.text
    made = follow_links(fill(text, {"name": name}, escape), signed, escape)
    assert followed == ["https://shop.example/new"]
    assert not set(made) & set("\ue000\ue001\ue002\ue003\ue004")
    assert "Hi link:https://evil.example/login Ann, see" in made
