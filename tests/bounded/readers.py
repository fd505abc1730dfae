"""Every reader of text that strangers write, and the modules whose patterns they use."""

import importlib
from datetime import date
from functools import lru_cache
from types import ModuleType
from typing import Any, Callable

from bot.settings import REPOSITORY, read_settings

Reader = Callable[[str], Any]
# Whose patterns are counted while a reader reads.
COUNTED = (
    "actions.alerts", "actions.phones", "actions.orders_form", "actions.policies", "actions.product_talk", "actions.earlier",
    "actions.products", "actions.orders_backend", "actions.date_reader", "actions.days",
    "actions.proof",
    "bot.consent", "bot.details", "bot.dialogue.grave", "bot.dialogue.in_form", "bot.dialogue.named_products", "bot.order_numbers", "bot.dialogue.components.entities",
    "bot.dialogue.components.intent_model",
    "bot.dialogue.components.spelling", "bot.dialogue.understanding", "bot.sentiment",
    "bot.privacy.finding", "bot.privacy.names", "bot.privacy.numbers", "bot.privacy.places",
    "bot.privacy.secrets", "bot.privacy.words",
    "bot.store.asked", "bot.store.masking", "bot.store.transcripts", "bot.surveys.understanding", "bot.insights.topics",
    "bot.web.chat", "bot.web.customer_events", "bot.web.storefront.markdown", "bot.web.console.review",
    "bot.web.console.step_in", "bot.web.widget",
    "recommender.bounds", "recommender.filters", "recommender.importers.google", "recommender.importers.rows",
    "recommender.measures", "recommender.negation", "recommender.parser", "recommender.passages",
    "recommender.prices", "recommender.ranking", "recommender.reasons", "recommender.search", "recommender.sizes",
    "recommender.titles", "recommender.words", "html", "html.parser", "_markupbase",
)  # fmt: skip
# Read the shop's own words and nobody else's, or are read from by the modules above alone.
OWN_WORDS = {
    "bot.shop": "shop.yml",
    "bot.almanac": "days that have a name",
    "bot.store.backup": "names of files in an archive",
    "bot.store.restoring": "names of files in an archive",
    "bot.store.aids": "canned replies and names of views, which staff write",
    "bot.store.guard": "numbers of orders, by one sign at a time",
    "bot.store.holdings": "names of tables",
    "bot.store.passwords": "names of accounts",
    "bot.store.reviews": "training data",
    "bot.store.work": "notes and tags of staff",
    "bot.store.staff": "logins, cut to 80 characters before",
    "bot.surveys.campaign": "campaigns",
    "bot.surveys.campaigns": "campaigns",
    "bot.surveys.editing": "campaigns",
    "bot.insights.scope": "times that staff choose",
    "bot.web.console.openapi": "the source of the console",
    "bot.web.storefront": "headings of the shop's pages",
    "recommender.catalogue": "single repeats over words of a search, cut at 300 characters",
    "recommender.importers.shopify": "names of options",
    "recommender.postings": "products, by one repeat",
    "recommender.vocabulary": "names of the catalogue",
    "recommender.writing": "products, by one repeat",
}


def modules() -> list[ModuleType]:
    """The modules whose patterns are counted."""
    return [importlib.import_module(name) for name in COUNTED]


@lru_cache(maxsize=1)
def readers() -> dict[str, Reader]:
    """Name -> a function that reads a text as the product does."""
    from actions import alerts, date_reader, days, forms, orders_backend, phones, policies, proof
    from bot.consent import read_consent
    from bot.details import address_in, is_plausible, without_values
    from bot.dialogue import grave, in_form, understanding
    from bot.dialogue.components import entities, intent_model
    from bot.dialogue.components.spelling import Spelling
    from bot.insights import topics
    from bot.order_numbers import order_numbers
    from bot.privacy import emails_in
    from bot.sentiment import rules_score
    from bot.store import asked, masking, transcripts
    from bot.surveys.understanding import read_answer
    from bot.web import chat, customer_events, widget
    from bot.web.console import review, step_in
    from bot.web.storefront.markdown import to_html
    from recommender import passages, ranking, reasons
    from recommender.catalogue import Product
    from recommender.filters import Filters
    from recommender.importers import rows
    from recommender.titles import Titles

    shop = read_settings({"SHOPTALK_SHOP": str(REPOSITORY / "bot/demo/shop.yml")}).shop
    spelling = Spelling(["order", "jacket", "where", "black", "password"], ["parcel", "return"])
    titles = Titles([(1, "Black Mug 4", "M-4"), (2, "Kitchen Aid 350 ml", "K2"), (3, "1 2 3 4 5", "12345")])
    parser, product = _parser(), Product("M1", "Mug", attributes={"material": "wool"})

    def event(text: str) -> Any:
        return customer_events.read_event(
            {"id": "0" * 8, "kind": "rating", "value": 3, "comment": text[:2000]}
        )

    def context(text: str) -> Any:
        read_consent(text, "cancel"), in_form.CODE.search(text)
        grave.sentences(text), asked.reference_in(text)
        without_values(text), order_numbers().find(text, asked=True)
        understanding.LEFT.match(text)
        understanding.MORE_OF_IT.search(text)
        understanding.SELLS.search(text)
        understanding.ONE_OF_THEM.search(text)
        understanding.QUESTION.match(text)
        return [*understanding.SEAM.finditer(text[: understanding.TWO_REQUESTS])]

    def cell(text: str) -> Any:
        rows.name_text(text), rows.plain_text(text), rows.split_list(text), rows.safe_link(text)
        rows.audience_of(text)
        for read in (rows.money, lambda one: rows.whole_number(one, "stock")):
            try:
                read(text)
            except rows.BadRow:
                pass

    def message(text: str) -> Any:
        """What dialogue does with a message, apart from the encoder, and masking it."""
        spelling.mended(intent_model.bare(text))
        context(text), list(entities._patterns(text)), rules_score(text)
        passages._content(text)
        parser.mentions(text), titles.named_in(text)
        masking.mask_person(text)

    def actions(text: str) -> Any:
        """What actions look for in it."""
        parser.focus(text), ranking.content_words(text), reasons.reason(product, text, Filters())
        forms.email_in(text), orders_backend.same_number(text)
        policies.country_in(text, shop), date_reader.read(text, date(2026, 1, 1))
        phones.phone_in(text, "NL"), phones.when_to_call(text), alerts._names_something(text)
        days.names_long_time(text), proof.CODE.search(text)
        address_in(text), is_plausible("change_address", text), is_plausible("return", text)

    def said_by_others(text: str) -> Any:
        """What web reads of a message, an event, a header, a search, and of staff's words."""
        _tried(lambda: chat._said(None, "c", {"text": text}), chat.InvalidUsage)
        _tried(lambda: step_in.clean(text), chat.InvalidUsage)
        review._without_marks(text), topics._spoken(text), widget.choose_language(text)
        event(text), transcripts.quote_fts(text)

    return {
        "message": message,
        "actions": actions,
        "web": said_by_others,
        "page's address": masking.mask_address,
        "addresses in a text": emails_in,
        "cell of an import": cell,
        "page": lambda text: (passages.read_passages("p", text), to_html(text)),
        **{
            f"survey answer: {question.kind}": lambda text, of=question: read_answer(of, text)
            for question in _questions()
        },
    }


def _tried(read: Callable[[], Any], refused: type[Exception]) -> Any:
    try:
        return read()
    except refused:
        return None


def _questions() -> list[Any]:
    from bot.surveys.campaign import Question

    options = ["Too expensive", "Bad quality", "Something else"]
    more = {"single": {"options": options, "other": True}, "multiple": {"options": options}}
    kinds = ("single", "multiple", "csat", "number")
    return [Question(id="q", kind=kind, ask="Why?", **more.get(kind, {})) for kind in kinds]


def _parser() -> Any:
    """One that knows a little of everything that a catalogue can name."""
    from recommender.measures import known_measures
    from recommender.parser import QueryParser
    from recommender.vocabulary import Vocabulary
    from recommender.words import COLOUR_NAMES

    kinds = {"jacket": "jackets", "jackets": "jackets", "mug": "mugs", "mugs": "mugs"}
    return QueryParser(
        Vocabulary(
            {"anna": "anna", "high street": "high street"}, kinds, dict(COLOUR_NAMES),
            frozenset({"waterproof"}), known_measures(["4 people", "350 ml", "2 pockets", "5 l"]),
            frozenset({"42", "S", "M"}), frozenset({"black"}), frozenset({"word", "zip", "zips"}), frozenset(),
        )
    )  # fmt: skip
