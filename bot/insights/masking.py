"""Quotes without personal data, before anything of them leaves the database."""

from bot.privacy import mask


def quote(text: str, longest: int = 160) -> str:
    """A masked text on one line, cut at a word."""
    text = " ".join(mask(text).split())
    if len(text) <= longest:
        return text
    return text[:longest].rsplit(" ", 1)[0].rstrip(",.;:") + " …"
