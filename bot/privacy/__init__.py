"""Personal data in what people write: where it is, and the text without it."""

from bot.privacy.finding import KINDS, Found, emails_in, find, mask

__all__ = ["KINDS", "Found", "emails_in", "find", "mask"]
