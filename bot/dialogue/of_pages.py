"""Whether a message asks for what the shop's pages tell, by the topics that it names (recommender/language/topics).

What a message is likest to says little here: "can you wrap the bread knife?" is near to questions about the knife, "when do I
get my money?" to those about an order. Nobody asks of a product who takes the parcel in, or which cards are taken.
"""

from bot.answers.details import CJK, ends_asking
from bot.reading.reader import CLAUSES, read
from bot.spoken import ENGLISH, spoken
from recommender.language.topics import topics_of

MOST = 200  # characters of a question; a longer message tells a story
# Topics that are asked of pages together, and the intent that answers them; the first that a message names counts.
ASKED: tuple[tuple[frozenset[str], str], ...] = (
    (frozenset({"absent"}), "policy_question"),
    (frozenset({"gift_wrapping"}), "policy_question"),
    (frozenset({"ways_to_pay"}), "payment_methods"),
    (frozenset({"student", "discount"}), "discount_code"),
    (frozenset({"first_order", "discount"}), "discount_code"),
    (frozenset({"refund", "how_long"}), "policy_question"),
    (frozenset({"return", "free"}), "returns_policy"),
    (frozenset({"return", "cost"}), "returns_policy"),
    (frozenset({"return", "paying"}), "returns_policy"),
    (frozenset({"return", "how_long"}), "returns_policy"),
    (frozenset({"delivery", "free"}), "delivery_info"),
    (frozenset({"pick_up"}), "policy_question"),
)
# What is near to products and sums as well, and counts where nothing else is likely, also without being asked.
NAMED: tuple[tuple[frozenset[str], str], ...] = (
    *ASKED,
    (frozenset({"delivery", "cost"}), "delivery_info"),
    (frozenset({"delivery", "how_long"}), "delivery_info"),
)


def asked_of_pages(text: str) -> str:
    """The intent of a question that the shop's pages answer, whatever else the message is near to; "" for any other."""
    if len(text) > MOST or not asks(text):
        return ""
    named = topics_of(text, (spoken(), ENGLISH))
    return next((intent for topics, intent in ASKED if topics <= named), "")


def named_of_pages(text: str) -> str:
    """The same of a message that is likest to nothing: what it names is all there is to go by."""
    named = topics_of(text[:MOST], (spoken(), ENGLISH))
    return next((intent for topics, intent in NAMED if topics <= named), "")


def asks(text: str) -> bool:
    """Whether it is a question: by its signs, by what ends a question, or by a word that begins one of its clauses, in Chinese anywhere."""
    reading = read(text)
    if ends_asking(text) or reading.has("asks_behind"):
        return True
    begins = [match.start() for match in CLAUSES.finditer(text)]
    return any(
        bool(CJK.match(text[sign.start :]))
        or any(not text[start : sign.start].strip() for start in begins if start <= sign.start)
        for sign in reading.of("asks")
    )
