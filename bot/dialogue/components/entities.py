"""Entities by rules: order numbers, emails, phone numbers, places in a list, and what the catalogue
names.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import ENTITIES, METADATA, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.answers.order_numbers import order_numbers
from bot.emails import SAID
from bot.reading.lexicon import lexicon
from bot.settings import get_settings
from bot.staff.asked import LIKE_REFERENCE, REFERENCE, reference_in
from recommender.catalogue.reading import Catalogue, generation_folder
from recommender.errors import NoCatalogue
from recommender.language.bounds import Taken
from recommender.language.concepts import ENGLISH
from recommender.request.parser import Mention, QueryParser
from recommender.request.vocabulary import Vocabulary
from recommender.search.pivot import in_english

# With the country's code; what else could be a phone number is one only where it is asked for.
PHONE = re.compile(r"(?<![\w.+-])(?:\+|00)[1-9](?:[\s()./-]{0,3}\d){6,14}(?!\w)")
OTHER = 0  # "the other one", of two
ORDINALS = {
    "first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4,
    "fifth": 5, "5th": 5, "last": -1, "other one": OTHER,
}  # fmt: skip
ORDINAL = re.compile(
    r"\b(?<!they )(?<!it )(?<!does )(?<!will )"  # "how long do they last" names nothing
    rf"(?:the\s+)?({'|'.join(ORDINALS)})(?:\s+(?:one|product|item|option|article))?\b"
    r"(?!\s+(?:week|month|year|night|time|order|day|name|list|ones))",
    re.I,
)
NUMBERED = re.compile(
    r"\b(?:number|no\.?|nr\.?|option)\s+(one|two|three|four|five|[1-5])\b(?!\d)", re.I
)
NUMBER_WORDS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5}


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class ShopEntityExtractor(GraphComponent, EntityExtractorMixin):
    """Finds entities without training, in the words of the catalogue that is loaded now.

    A new catalogue is noticed at the next message. Entities of products come from
    `recommender.request.parser`; one that the customer ruled out carries `negated`.
    """

    @staticmethod
    def required_packages() -> list[str]:
        """What has to be installed."""
        return ["spacy"]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """There is nothing to set."""
        return {}

    def __init__(self, config: dict[str, Any]) -> None:
        self._version: str | None = None
        self._parser = QueryParser()
        self._follow_catalogue()

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "ShopEntityExtractor":
        """An extractor for one node of the graph."""
        return cls(config)

    def process(self, messages: list[Message]) -> list[Message]:
        """Add the entities of each message that has a text."""
        self._follow_catalogue()
        for message in messages:
            text = message.get(TEXT)
            if text:
                language = (message.get(METADATA) or {}).get("language") or ENGLISH
                found = [*message.get(ENTITIES, []), *self.entities(text, language)]
                message.set(ENTITIES, found, add_to_output=True)
        return messages

    def entities(self, text: str, language: str = ENGLISH) -> list[dict[str, Any]]:
        """All entities of a text, in order; an order number is never a price as well."""
        mentions = self._mentions(text, language)
        found = list(_patterns(text))
        if language != ENGLISH:
            found += _ordinals(
                text, language, Taken(text, [(one["start"], one["end"]) for one in found])
            )
        taken = Taken(text, [(one["start"], one["end"]) for one in found])
        found += [
            mention.as_entity() for mention in mentions if taken.free(mention.start, mention.end)
        ]
        for one in found:
            one["extractor"] = type(self).__name__
        return sorted(found, key=lambda one: one["start"])

    def _mentions(self, text: str, language: str) -> list[Mention]:
        """What the text says of products, read in English and found where it stands."""
        pivoted = in_english(text, language, lexicon(language).empty)
        return [
            replace(one, start=place[0], end=place[1])
            for one in self._parser.mentions(pivoted.text)
            if (place := pivoted.place(one.start, one.end))
        ]

    def _follow_catalogue(self) -> None:
        directory = get_settings().catalogue_dir
        try:
            folder = generation_folder(directory)
            if folder.name == self._version:
                return
            catalogue = Catalogue(folder)
        except NoCatalogue:
            return
        self._parser = QueryParser(Vocabulary.from_catalogue(catalogue))
        self._version = folder.name
        catalogue.close()


def _patterns(text: str) -> Iterator[dict[str, Any]]:
    taken = Taken(text)
    for match in REFERENCE.finditer(text):
        taken.take(*match.span())
        yield _entity("reference", reference_in(match.group()), *match.span())
    for match in SAID.finditer(text):
        taken.take(*match.span())
        yield _entity("email", match.group().lower(), *match.span())
    for match in PHONE.finditer(text):
        taken.take(*match.span())
        yield _entity("phone", match.group(), *match.span())
    numbers = [one for one in order_numbers().find(text) if taken.free(one.start, one.end)]
    for match in LIKE_REFERENCE.finditer(text):
        start, end = match.span()
        if taken.free(start, end) and not any(
            one.start < end and start < one.end for one in numbers
        ):
            taken.take(start, end)
            yield _entity("reference", match.group().upper(), start, end)
    for found in numbers[:1]:  # of two, the slot would hold a list
        taken.take(found.start, found.end)
        yield _entity("order_number", found.number, found.start, found.end)
    for pattern, names in ((ORDINAL, ORDINALS), (NUMBERED, NUMBER_WORDS)):
        for match in pattern.finditer(text):
            if taken.free(*match.span()):
                word = match[1].lower()
                place = names[word] if word in names else int(word)
                taken.take(*match.span())
                yield _entity("ordinal", place, *match.span())


def _ordinals(text: str, language: str, taken: Taken) -> Iterator[dict[str, Any]]:
    """Places in a list, in another language than English; before a plural ("the first two") it is none."""
    signs = lexicon(language).signs(text)
    counted = {one.first for one in signs if one.kind == "numbers"}
    for one in signs:
        if (
            one.kind == "ordinals"
            and one.last + 1 not in counted
            and taken.free(one.start, one.end)
        ):
            yield _entity("ordinal", int(one.value), one.start, one.end)


def _entity(name: str, value: Any, start: int, end: int) -> dict[str, Any]:
    return {"entity": name, "value": value, "start": start, "end": end}
