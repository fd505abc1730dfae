"""Every reader of text that strangers write, and the modules whose patterns they use."""

import atexit
import contextlib
import importlib
import shutil
import tempfile
from collections.abc import Callable
from datetime import date
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from actions.backends import get_recommender
from bot.paths import REPOSITORY
from bot.settings import read_settings

Reader = Callable[[str], Any]
# Whose patterns are counted while a reader reads.
COUNTED = (
    "actions.shopping.alerts", "actions.staff.phones", "actions.orders.form", "actions.orders.undo", "actions.shop.delivery", "actions.shopping.product_talk",
    "actions.resolving.corrections", "actions.resolving.items", "actions.resolving.sizes", "recommender.language.topics", "bot.reading.reader", "bot.reading.seams", "recommender.search.kinds", "actions.doing.facts", "actions.shopping.earlier",
    "actions.shopping.described", "actions.shopping.wishes", "actions.order_backends.interface", "actions.order_backends.shopify", "actions.dates.reader", "actions.dates.days",
    "actions.proof",
    "bot.emails",
    "bot.answers.consent", "bot.answers.details", "bot.answers.phones", "bot.answers.safety", "bot.dialogue.corrected", "bot.dialogue.grave", "bot.dialogue.in_context", "bot.dialogue.in_form", "bot.dialogue.named_products", "bot.answers.order_numbers", "bot.dialogue.components.entities", "bot.dialogue.components.danger", "bot.dialogue.components.danger_model",
    "bot.dialogue.components.intent_model",
    "bot.dialogue.components.spelling", "bot.dialogue.understanding", "bot.sentiment",
    "bot.dialogue.detection", "recommender.search.pivot",
    "bot.privacy.finding", "bot.privacy.names", "bot.privacy.numbers", "bot.privacy.plain", "bot.privacy.places",
    "bot.privacy.secrets", "bot.privacy.words",
    "bot.staff.asked", "bot.transcripts.masking", "bot.transcripts.store", "bot.web.door.bodies", "bot.transcripts.searching", "bot.campaigns.bounces", "bot.surveys.understanding", "bot.surveys.words", "bot.insights.topics", "bot.insights.topic_book",
    "bot.web.chat_api", "bot.web.chat.customer_events", "bot.web.storefront.markdown", "bot.web.console.inbox.review",
    "bot.web.console.inbox.step_in", "bot.web.widget",
    "recommender.language.bounds", "recommender.request.filters", "recommender.catalogue.importers.google", "recommender.catalogue.importers.rows",
    "recommender.catalogue.importers.amounts", "recommender.catalogue.importers.described", "recommender.catalogue.importers.magento", "recommender.catalogue.importers.offer", "recommender.catalogue.importers.offers", "recommender.catalogue.importers.variants",
    "recommender.catalogue.importers.plain", "recommender.catalogue.importers.source", "recommender.catalogue.importers.words",
    "recommender.product",
    "recommender.request.measures", "recommender.request.negation", "recommender.request.parser", "recommender.passages",
    "recommender.request.prices", "recommender.search.content", "recommender.search.reasons", "recommender.request.sizes",
    "recommender.search.amounts", "recommender.search.titles", "recommender.language.words", "html", "html.parser", "_markupbase",
)  # fmt: skip
# Read the shop's own words and nobody else's, or are read from by the modules above alone.
OWN_WORDS = {
    "bot.settings.opening_hours": "shop.yml",
    "actions.doing.vocabulary": "short values of the catalogue's attributes",
    "bot.settings.shop": "shop.yml",
    "bot.settings.mailing": "shop.yml",
    "bot.settings.sources": "shop.yml",
    "bot.settings.widget": "shop.yml",
    "bot.checkout.order_file": "cells of the shop's own file, by bounded repeats",
    "bot.checkout.order_rows": "cells of the shop's own file, by bounded repeats",
    "bot.settings.almanac": "days that have a name",
    "bot.custody.archive": "names of files in an archive",
    "bot.custody.carrying_over": "names of files in an archive",
    "bot.staff.macros": "canned replies and names of views, which staff write",
    "bot.guard.store": "numbers of orders, by one sign at a time",
    "bot.custody.holdings": "names of tables",
    "bot.custody.others": "names of columns; digits of a number that was found, by one sign at a time",
    "bot.custody.person_files": "bytes of files: fixed addresses and ids",
    "bot.staff.passwords": "names of accounts",
    "bot.staff.reviews": "training data",
    "bot.staff.work": "notes and tags of staff",
    "bot.staff.accounts": "logins, cut to 80 characters before",
    "bot.campaigns.campaigns": "campaigns",
    "bot.campaigns.letter": "texts of campaigns",
    "bot.campaigns.sending": "mails that were made here, by one repeat",
    "bot.campaigns.texts": "names of what people agree to, which staff write",
    "bot.campaigns.journeys": "names of journeys, which staff write",
    "bot.campaigns.editing": "campaigns, by bounded repeats",
    "bot.web.console.campaigns.journeys": "places of steps, by a bounded repeat",
    "bot.money": "patterns of amounts, which CLDR has",
    "actions.shop.page_answers": "one sign at a time; links of the assistant's own",
    "bot.surveys.campaign": "campaigns",
    "bot.surveys.campaigns": "campaigns",
    "bot.surveys.editing": "campaigns",
    "bot.surveys.flow": "campaigns",
    "bot.insights.scope": "times that staff choose",
    "bot.insights.feedback_cells": "dates and ratings, cut at 60 characters",
    "bot.web.console.openapi": "the source of the console",
    "bot.web.storefront": "headings of the shop's pages",
    "bot.web.storefront.checkout": "fields of the checkout, cut at 300 characters before",
    "bot.checkout.orders": "numbers of the shop's own orders",
    "bot.web.widget.files": "the widget's own scripts and styles",
    "recommender.catalogue.reading": "single repeats over words of a search, cut at 300 characters",
    "recommender.catalogue.importers.formats": "names of columns",
    "recommender.catalogue.importers.shopify": "names of columns",
    "recommender.catalogue.importers.workbook": "places of cells, by a bounded repeat",
    "recommender.catalogue.postings": "products, by one repeat",
    "recommender.request.vocabulary": "names of the catalogue",
    "recommender.catalogue.writing": "products, by one repeat",
}


def modules() -> list[ModuleType]:
    """The modules whose patterns are counted."""
    return [importlib.import_module(name) for name in COUNTED]


@lru_cache(maxsize=1)
def readers() -> dict[str, Reader]:
    """Name -> a function that reads a text as the product does."""
    from actions import forms, proof
    from actions.dates import days
    from actions.dates import reader as date_reader
    from actions.doing import facts
    from actions.order_backends import interface as orders_backend
    from actions.order_backends import shopify
    from actions.orders import undo
    from actions.resolving import corrections
    from actions.resolving.resolve import resolve
    from actions.resolving.state import State
    from actions.shop import delivery
    from actions.shopping import alerts
    from actions.staff import phones
    from bot.answers.consent import read_consent
    from bot.answers.details import address_in, is_plausible, without_values
    from bot.answers.order_numbers import order_numbers
    from bot.answers.phones import phone_in
    from bot.answers.safety import (
        heard_in,
        is_doubtful,
        laughs_it_off,
        means_no_harm,
        means_otherwise,
        says_about,
        says_safe,
        takes_back,
        without_opening,
    )
    from bot.campaigns import bounces
    from bot.dialogue import corrected, grave, in_context, in_form, of_pages, understanding
    from bot.dialogue.components import danger, entities, intent_model
    from bot.dialogue.components.spelling import Spelling
    from bot.dialogue.detection import detect
    from bot.insights import topic_book, topics
    from bot.privacy import emails_in
    from bot.reading import seams
    from bot.reading.reader import read
    from bot.reading.refusing import dropped_until, refused_in
    from bot.sentiment import rules_score
    from bot.staff import asked
    from bot.surveys.understanding import read_answer
    from bot.texts import words_in
    from bot.transcripts import masking, searching
    from bot.transcripts.store import neutral_cell
    from bot.web import chat_api as chat
    from bot.web import widget
    from bot.web.chat import customer_events
    from bot.web.console.inbox import review, step_in
    from bot.web.storefront.markdown import to_html
    from recommender import passages
    from recommender.catalogue.importers import (
        amounts,
        described,
        magento,
        plain,
        rows,
        source,
        variants,
        words,
    )
    from recommender.catalogue.importers.mapping import Columns
    from recommender.language.topics import topics_of
    from recommender.product import Product
    from recommender.request.filters import Filters
    from recommender.search import amounts as sizes_of
    from recommender.search import content as ranking
    from recommender.search import reasons
    from recommender.search.kinds import kinds_in, kinds_named
    from recommender.search.pivot import in_english
    from recommender.search.titles import Titles

    shop = read_settings({"SHOPTALK_SHOP": str(REPOSITORY / "bot/demo/shop.yml")}).shop
    spelling = Spelling(["order", "jacket", "where", "black", "password"], ["parcel", "return"])
    titles = Titles(
        [(1, "Black Mug 4", "M-4"), (2, "Kitchen Aid 350 ml", "K2"), (3, "1 2 3 4 5", "12345")]
    )
    known = _recommender()  # made before anything is counted
    parser, product = _parser(), Product("M1", "Mug", attributes={"material": "wool"})

    def event(text: str) -> Any:
        return customer_events.read_event(
            {"id": "0" * 8, "kind": "rating", "value": 3, "comment": text[:2000]}
        )

    def context(text: str) -> Any:
        read_consent(text, "cancel"), in_form.CODE.search(text)
        grave.sentences(text), asked.reference_in(text), danger.windows(text)
        heard_in(text), is_doubtful(text), says_safe(text), takes_back(text)
        (
            without_opening(text),
            means_otherwise(text),
            laughs_it_off(text),
            means_no_harm(text),
            says_about(text),
            corrected.DOMAIN.search(text),
        )
        without_values(text), order_numbers().find(text, asked=True)
        refused_in(text), dropped_until(text)
        in_context.MORE_OF_IT.search(text)
        in_context.SELLS.search(text)
        in_context.ONE_OF_THEM.search(text)
        in_context.QUESTION.match(text)
        return seams.seams_in(text[: understanding.TWO_REQUESTS])

    def cell(text: str) -> Any:
        rows.name_text(text), rows.plain_text(text), rows.split_list(text), rows.safe_link(text)
        words.audience_of(text)
        words.state(text)
        magento.pairs(text)
        one = {"sku": text, "title": text, text: text, "variants": [{"sku": text, text: text}]}
        list(plain.object_offers([(1, one)], "variants", Columns({}, list(one))))
        source.mended(text)
        variants.day_in(text)
        described.Described([Product("1", text, text)]).complete(Product("1", text, text))
        for reading in (
            amounts.Amounts([text]).read,
            variants.stars_in,
            lambda one: variants.count_in(one, "stock"),
        ):
            with contextlib.suppress(rows.BadRow):
                reading(text)

    def message(text: str) -> Any:
        """What dialogue does with a message, apart from the encoder, and masking it."""
        spelling.mended(intent_model.bare(text))
        context(text), list(entities._patterns(text)), rules_score(text)
        passages._content(text), passages._pieces(text, frozenset("的了"))
        topics_of(text, ("de", "zh")), of_pages.asked_of_pages(text)
        detect(text, "en", ("en", "de", "zh"), True), in_english(text, "de"), in_english(text, "zh")
        parser.mentions(text), titles.named_in(text)
        masking.mask_person(text)

    def actions(text: str) -> Any:
        """What actions look for in it."""
        parser.focus(text), ranking.content_words(text), reasons.reason(product, text, Filters())
        forms.email_in(text), orders_backend.same_number(text), shopify.in_query(text)
        delivery.country_in(text, shop), date_reader.read(text, date(2026, 1, 1))
        (
            phone_in(text, "NL"),
            phones.when_to_call(text),
            alerts._names_something(text),
            undo._is_plain(text),
        )
        days.names_long_time(text), proof.CODE.search(text)
        address_in(text), is_plausible("change_address", text), is_plausible("return", text)

    def composed(text: str, intent: str) -> Any:
        """What a message makes by its composition, with products in sight and a sum that may be gone on with."""
        entities = [mention.as_entity() for mention in parser.mentions(text)]
        products = tuple(known.accepted(Filters(), 8))
        state = State(searching=True, shown=products, focus=products[1], summed=((products[0], 2),))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(get_recommender, "kept", known)
            resolve(read(text), entities, state, intent, shop)
        corrections.numbers_put_right(read(text)), corrections.put_right(Filters(), text, 4, 6)
        corrections.wanted_things(read(text), entities), kinds_in(text), kinds_named(text)

    def catalogue_text(text: str) -> Any:
        """A catalogue's words, read for an answer to a question."""
        (
            facts._sentence(Product("M1", "Mug", text), {"wool"}, 1),
            facts._in_units(Product("M1", "Mug", "", attributes={"a": text}), ["kg"]),
            sizes_of.amount_in(text),
        )

    def said_by_others(text: str) -> Any:
        """What web reads of a message, an event, a header, a search, and of staff's words."""
        _tried(lambda: chat._said(None, "c", {"text": text}, words_in("en")), chat.InvalidUsage)
        _tried(lambda: step_in.clean(text), chat.InvalidUsage)
        review._without_marks(text), topics._spoken(text), widget.choose_language(text)
        event(text), searching.query(text), bounces._TOKEN.search(text), neutral_cell(text)
        topic_book.name_of([], [text])

    return {
        "message": message,
        "actions": actions,
        "sum": lambda text: composed(text, "price_total"),
        "question of products": lambda text: composed(text, "product_details"),
        "description": catalogue_text,
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


@lru_cache(maxsize=1)
def _recommender() -> Any:
    """A catalogue of eight products."""
    from recommender import Recommender
    from recommender.catalogue.ingest import ingest
    from tests.conftest import PRODUCTS
    from tests.recommender.fakes import FakeEmbedder

    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    (folder / "products.csv").write_text(PRODUCTS, encoding="utf-8")
    ingest(folder / "products.csv", folder / "catalogue", embedder=FakeEmbedder())
    return Recommender.open(folder / "catalogue", FakeEmbedder())


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
    from recommender.language.words import COLOUR_NAMES
    from recommender.request.measures import known_measures
    from recommender.request.parser import QueryParser
    from recommender.request.vocabulary import Vocabulary

    kinds = {"jacket": "jackets", "jackets": "jackets", "mug": "mugs", "mugs": "mugs"}
    return QueryParser(
        Vocabulary(
            {"anna": "anna", "high street": "high street"}, kinds, dict(COLOUR_NAMES),
            frozenset({"waterproof"}), known_measures(["4 people", "350 ml", "2 pockets", "5 l"]),
            frozenset({"42", "S", "M"}), frozenset({"black"}), frozenset({"word", "zip", "zips"}), frozenset(),
        )
    )  # fmt: skip
