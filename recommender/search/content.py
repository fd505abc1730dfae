"""The words of a request that say what is looked for."""

import re

from recommender.language.english import STOP_WORDS

CHAT_WORDS = {
    "looking", "look", "want", "wanna", "need", "like", "buy", "find", "show", "search", "searching",
    "please", "recommend", "suggest", "something", "anything", "got", "sell", "stock", "available",
    "hi", "hello", "hey", "thanks", "euro", "euros", "eur", "price", "cheap", "cheaper", "nice", "good",
    "present", "gift", "products", "product", "items", "item", "help", "choose", "im", "i'm", "pls",
    "colour", "color", "size", "new", "best",
}  # fmt: skip


def content_words(text: str) -> list[str]:
    """The words of a text that say what is looked for, in their order."""
    words = re.findall(r"[^\W_]+(?:['-][^\W_]+)*", text.lower())
    return [word for word in words if word not in STOP_WORDS and word not in CHAT_WORDS]
