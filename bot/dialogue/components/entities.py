"""Entities by rules: order numbers, emails, places in a list, and what the catalogue names."""

import re
from typing import Any, Dict, Iterator, List, Optional, Set, Text, Tuple

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.settings import get_settings
from recommender.bounds import Taken
from recommender.catalogue import Catalogue, generation_folder
from recommender.errors import NoCatalogue
from recommender.language import STOP_WORDS
from recommender.parser import QueryParser
from recommender.prices import CURRENCY
from recommender.vocabulary import Vocabulary

EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]++@[\w-]++(?:\.[\w-]+)+", re.I)
# "HF-10234", "hf10234", "#10234", "order 10234", "order number is 10234", or such digits alone.
ORDER_NUMBERS = [
    re.compile(
        rf"(?<![\w@.'’-])([a-z]{{1,4}}[- ]?[1-9]\d{{3,9}})(?![\w@-])(?!\s?{CURRENCY})", re.I
    ),
    re.compile(r"#\s?(\d{3,12})\b"),
    re.compile(
        r"\b(?:order|number|nr|no|nummer)\b\.?\s*(?:number|no|nr)?\.?\s*(?:is|:|=)?\s*(\d{3,12})\b",
        re.I,
    ),
    re.compile(
        r"^\W*(?:(?:it'?s|it is|that'?s|sure|ok)\W+)*(\d{4,12})\W*(?=$|\s+[\w.+-]+@|\s+and\b|,)",
        re.I,
    ),
]
NUMBER_OF_AN_ORDER = re.compile(r"\b(?:order|number|nr|no)\b\W*(?:number\W*)?(?:is\W*)?$", re.I)
NOT_PREFIXES = STOP_WORDS | {"max", "size", "eur", "usd", "gbp", "nr", "code", "year", "id", "tel"}
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
    `recommender.parser`; one that the customer ruled out carries `negated`.
    """

    @staticmethod
    def required_packages() -> List[Text]:
        """What has to be installed."""
        return ["spacy"]

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """There is nothing to set."""
        return {}

    def __init__(self, config: Dict[Text, Any]) -> None:
        self._version: Optional[Text] = None
        self._parser = QueryParser()
        self._follow_catalogue()

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "ShopEntityExtractor":
        """An extractor for one node of the graph."""
        return cls(config)

    def process(self, messages: List[Message]) -> List[Message]:
        """Add the entities of each message that has a text."""
        self._follow_catalogue()
        for message in messages:
            text = message.get(TEXT)
            if text:
                found = [*message.get(ENTITIES, []), *self.entities(text)]
                message.set(ENTITIES, found, add_to_output=True)
        return messages

    def entities(self, text: Text) -> List[Dict[Text, Any]]:
        """All entities of a text, in order; an order number is never a price as well."""
        mentions = self._parser.mentions(text)
        wishes = {(one.start, one.end) for one in mentions}
        found = [one for one in _patterns(text) if not _begins_with_a_wish(one, text, wishes)]
        taken = Taken(text, [(one["start"], one["end"]) for one in found])
        for mention in mentions:
            if taken.free(mention.start, mention.end):
                found.append(mention.as_entity())
        for one in found:
            one["extractor"] = type(self).__name__
        return sorted(found, key=lambda one: one["start"])

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


def _patterns(text: Text) -> Iterator[Dict[Text, Any]]:
    taken = Taken(text)
    for match in EMAIL.finditer(text):
        taken.take(*match.span())
        yield _entity("email", match.group().lower(), *match.span())
    for pattern in ORDER_NUMBERS:
        for match in pattern.finditer(text):
            start, end = match.span(1)
            value = match[1].upper().replace(" ", "-")
            if not taken.free(start, end) or value.split("-")[0].lower() in NOT_PREFIXES:
                continue
            taken.take(start, end)
            yield _entity("order_number", value, start, end)
            break
    for pattern, names in ((ORDINAL, ORDINALS), (NUMBERED, NUMBER_WORDS)):
        for match in pattern.finditer(text):
            if taken.free(*match.span()):
                word = match[1].lower()
                place = names[word] if word in names else int(word)
                taken.take(*match.span())
                yield _entity("ordinal", place, *match.span())


def _begins_with_a_wish(one: Dict[Text, Any], text: Text, wishes: Set[Tuple[int, int]]) -> bool:
    """Whether the letters of an order number are a size or a thing: "XL 1000 euros", "mug 1500"."""
    letters, space, _ = text[one["start"] : one["end"]].partition(" ")
    if one["entity"] != "order_number" or not space:
        return False
    end = one["start"] + len(letters)
    wished = any(a <= one["start"] and b == end for a, b in wishes)
    return wished and not NUMBER_OF_AN_ORDER.search(text[: one["start"]])


def _entity(name: Text, value: Any, start: int, end: int) -> Dict[Text, Any]:
    return {"entity": name, "value": value, "start": start, "end": end}
