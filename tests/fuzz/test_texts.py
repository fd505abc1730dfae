"""Masking takes any text, and what it says it found is there."""

from hypothesis import given
from hypothesis import strategies as st

from bot.privacy import KINDS, emails_in, find, mask
from tests.fuzz import texts

PIECES = (
    "anna@example.com", "+31 6 12345678", "4111 1111 1111 1111", "NL91ABNA0417164300", "HF-10222",
    "12 High Street", "my name is Anna de Vries", "I'm", " and ", ", ", "\n", "order", "call", "12",
)  # fmt: skip


@given(st.one_of(texts, st.lists(st.one_of(st.sampled_from(PIECES), texts)).map("".join)))
def test_any_text_can_be_masked(text: str) -> None:
    at = 0
    for found in find(text):
        assert found.kind in KINDS and at <= found.start < found.end <= len(text)
        at = found.end
    masked = mask(text)
    assert isinstance(masked, str) and mask(masked).count("[") >= masked.count("[email]")
    assert all("@" in one for one in emails_in(text))


@given(before=texts, after=texts)
def test_an_address_apart_from_other_words_is_always_found(before: str, after: str) -> None:
    assert "anna.bakker@example.com" not in mask(f"{before} anna.bakker@example.com {after}")
