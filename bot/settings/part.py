"""What every part of shop.yml, and of a campaign, is made of."""

from typing import TypeVar

from pydantic import BaseModel

T = TypeVar("T")


def in_language(said: T | dict[str, T], language: str, own: str) -> T | None:
    """What is said in a language: of one thing by language, or of one that is in the shop's `own`.

    None where there is nothing in that language.
    """
    if isinstance(said, dict):
        return said.get(language)
    return said if language == own else None


def in_some_language(said: str | dict[str, str], language: str) -> str:
    """What is said in a language; where it has nothing in it, what it says first."""
    if isinstance(said, dict):
        return said.get(language) or next(iter(said.values()))
    return said


class Part(BaseModel):
    """A frozen part of a file that people write; an unknown key is an error, so that a typo is noticed."""

    class Config:
        frozen = True
        extra = "forbid"
