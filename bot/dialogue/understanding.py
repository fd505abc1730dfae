"""What a message means at this point of a conversation, beyond what its words say alone.

An answer to a form's question is an answer whatever it reminds the classifier of, and a message
with two requests in it is two requests.
"""

import re
from functools import lru_cache, partial
from itertools import islice
from typing import Any, cast

from rasa.core.channels.channel import UserMessage
from rasa.core.processor import MessageProcessor
from rasa.shared.core.trackers import DialogueStateTracker

from bot.answers.details import (
    CLAUSES,
    address_in,
    asks_something,
    ends_asking,
    without_values,
)
from bot.answers.safety import without_opening
from bot.answers.words import of_all_languages
from bot.dialogue.grave import DANGER, grave, louder, not_grave, sentences, while_held
from bot.dialogue.in_context import QUESTION, in_context
from bot.dialogue.in_form import (
    CERTAIN,
    COMES_AFTER,
    FORMS,
    HALF_SURE,
    ORDER_TASKS,
    SHOPPING,
    SIDE_QUESTIONS,
    SURE,
    UNSURE,
    VALUES,
    in_form,
    with_intent,
)
from bot.dialogue.named_products import NamedProducts
from bot.dialogue.values import other_orders, put_right
from bot.intents import group
from bot.reading.reader import blanked, read
from bot.reading.refusing import dropped_until, refused_in
from bot.reading.seams import parts_of, seams_in, words_in
from bot.settings import get_settings
from bot.spoken import spoken
from bot.surveys.campaign import Question
from bot.surveys.understanding import read_answer

ParseData = dict[str, Any]

SIGNS = {
    "complaint": "😡😠🤬😤👎😢😭💔😞😩🙄",
    "thank": "👍😊🙏❤😍🥰👌🎉😀😃😄🙂",
    "repeat": "?¿",
}  # for messages without a word
REQUESTS = ORDER_TASKS.union(group("request"))
# What a customer may say during a survey instead of an answer; the survey then goes on or is left.
BESIDE_SURVEYS = SIDE_QUESTIONS.union(REQUESTS, SHOPPING, group("beside_survey"))
# Who surely asks for one of these speaks of the shop: danger beside it has to be plainer.
OF_THE_SHOP = SIDE_QUESTIONS.union(REQUESTS, SHOPPING).difference(group("not_of_the_shop"))
SUM = "price_total"
POLICY = "policy_question"
COMPLAINT = "complaint"
WOUND = "hurt_by_product"
FALLBACK = "nlu_fallback"
TO_STAFF = "talk_to_human"  # as a payload it may carry the customer's own words
PART_WORDS = 3  # fewer don't make a request
TWO_REQUESTS = 600  # characters; of the halves of a longer message the encoder reads too little


@lru_cache(maxsize=1)
def named_products() -> NamedProducts:
    """The names of the shop's products."""
    return NamedProducts(get_settings().catalogue_dir)


async def understand(
    processor: MessageProcessor, tracker: DialogueStateTracker | None, text: str
) -> list[ParseData]:
    """The requests in a message, in their order; nearly always one.

    Of the first, `leaves` says that a form ends before it, `later` what waits until it is done, and
    `beside` what to answer before a form's question is put again.
    """
    processor = cast(MessageProcessor, _ReadsOnce(processor))
    whole = _by_signs(text) or await parse(processor, text)
    first = await _grave(processor, tracker, whole, text)
    if not first:
        return await _asked_for(processor, tracker, whole, text)
    goes_on = first.pop("goes_on", False)
    return [first, *(await _asked_for(processor, tracker, whole, text) if goes_on else [])]


async def _asked_for(
    processor: MessageProcessor, tracker: DialogueStateTracker | None, whole: ParseData, text: str
) -> list[ParseData]:
    """The requests in a message in which nobody is in danger."""
    if left := await _after_leaving(processor, text):
        whole, text = left, left["text"]
    whole = not_grave(await _beside_sorrow(processor, whole, text) or whole)
    whole = await _beside_an_idiom(processor, whole, text) or whole
    asked = (
        tracker.get_slot("requested_slot")
        if tracker and tracker.active_loop_name in FORMS
        else None
    )
    if asked and tracker:
        return _put_in_context(
            await in_form(partial(parse, processor), tracker, asked, whole, text), tracker
        )
    survey = tracker.get_slot("survey") if tracker else None
    if survey and survey["question"] and tracker and tracker.active_loop_name == "survey_form":
        return [_as_survey_answer(whole, Question.parse_obj(survey["question"]), text)]
    if tracker and tracker.active_loop_name:
        return [whole]
    whole, text = await _without_refused(processor, whole, text)
    whole = await _by_a_part(processor, whole, text) or whole
    whole = await _beside_values(processor, whole) or whole
    in_its_place = in_context(whole, tracker, named_products())
    if in_its_place["intent"]["name"] == SUM:  # a list of things is one request
        return [in_its_place]
    return await _two_requests(processor, whole, text) or [_one_by_one(in_its_place)]


def _one_by_one(parsed: ParseData) -> ParseData:
    """A request about several orders: the first, with the next as what comes after it."""
    name = parsed["intent"]["name"]
    others = other_orders(parsed) if name in ORDER_TASKS else []
    return {**parsed, "later": " ".join([name, *others])} if others else parsed


def _put_in_context(parts: list[ParseData], tracker: DialogueStateTracker) -> list[ParseData]:
    """What is asked for as a form ends, as it reads at this point of the conversation."""
    first, *others = parts
    after_no = tracker.get_slot("requested_slot") == "confirmed"
    read_anew = SHOPPING | UNSURE | ({POLICY} if after_no else set())
    if not first.get("leaves") or first["intent"]["name"] not in read_anew:
        return parts
    return [in_context(first, tracker, named_products()), *others]


class _ReadsOnce:
    """A processor for one message, whose parts may be asked for again: nothing is read twice."""

    def __init__(self, processor: MessageProcessor) -> None:
        self._processor = processor
        self._read: dict[str, ParseData] = {}

    async def parse_message(self, message: UserMessage) -> ParseData:
        """What the processor makes of a text; a copy of what it made of it before."""
        text = message.text or ""
        if text not in self._read:
            self._read[text] = dict(await self._processor.parse_message(message))
        return dict(self._read[text])


def in_other_language(parsed: ParseData, tracker: DialogueStateTracker | None) -> list[ParseData]:
    """What a message in a language that the shop doesn't serve is; nothing where it stays what it is: danger, or an
    answer to a form, which may be a name or an address."""
    if (tracker and tracker.active_loop_name) or parsed["intent"]["name"] in DANGER:
        return []
    return [with_intent(parsed, "other_language")]


async def grave_beside(
    processor: MessageProcessor, tracker: DialogueStateTracker | None, text: str, payload: str
) -> ParseData | None:
    """What a quick reply is while somebody may be in danger, and what is written to staff may say:
    danger goes before what a payload asks for. None where the payload stands as it is."""
    intent = payload.removeprefix("/").partition("{")[0]
    held = tracker.get_slot("crisis") if tracker else None
    if intent == "safe_now" and held:
        return None
    if held and not (held.get("faint") and intent != TO_STAFF):
        return while_held(text, intent, held["kind"])
    if intent != TO_STAFF:
        return None
    first = await _grave(processor, tracker, await parse(processor, text), text)
    return first if first and first["intent"]["name"] in DANGER else None


async def _grave(
    processor: MessageProcessor, tracker: DialogueStateTracker | None, whole: ParseData, text: str
) -> ParseData | None:
    """The message as what goes before everything else; None when it is nothing of the kind.

    Danger behind a greeting, a yes or a no is as plain as without it, in a form and outside.
    """
    held = tracker and tracker.get_slot("crisis")  # then it goes on anyway
    rest = "" if held else without_opening(text[:TWO_REQUESTS])
    if words_in(rest) >= PART_WORDS:
        whole = louder(whole, await parse(processor, rest))
    parts = [await parse(processor, part) for part in sentences(text)]
    loudest = whole.get("danger_in")
    if loudest and loudest not in sentences(text):
        parts.append(await parse(processor, loudest))
    return grave(whole, parts, tracker, OF_THE_SHOP)


async def parse(processor: MessageProcessor, text: str) -> ParseData:
    """Rasa's own understanding, of a text in which stand-ins take the place of products' names; a value that is put
    right counts as it is put right."""
    blank = len(text) - len(text.lstrip())
    if blank:  # of what was left out; Rasa takes it away, and places with it
        return _moved(await parse(processor, text[blank:]), blank, text)
    message = named_products().read(text)
    if not message.parts:
        return put_right(await _parse(processor, text))
    parsed = await _parse(processor, message.spoken)
    entities = [
        {**one, "start": place[0], "end": place[1]}
        for one in parsed["entities"]
        if (place := message.place(one["start"], one["end"]))
    ]
    parsed = put_right({**parsed, "text": text, "entities": [*message.entities, *entities]})
    if message.alone or parsed["intent"]["name"] in UNSURE:
        return with_intent(parsed, "product_details")
    return parsed


async def _parse(processor: MessageProcessor, text: str) -> ParseData:
    """A text that starts with "/" is only a text (see channel)."""
    language = {"language": spoken()}
    if not text.startswith("/"):
        return await processor.parse_message(UserMessage(text=text, metadata=language))
    front = "typed: "
    parsed = await processor.parse_message(UserMessage(text=front + text, metadata=language))
    return _moved(parsed, -len(front), text)


def _moved(parsed: ParseData, by: int, text: str) -> ParseData:
    """The same of a text in which the entities stand so many characters further."""
    entities = [
        {**one, "start": one["start"] + by, "end": one["end"] + by} for one in parsed["entities"]
    ]
    return {**parsed, "text": text, "entities": entities}


def _as_survey_answer(parsed: ParseData, question: Question, text: str) -> ParseData:
    """An answer, unless it is surely something else; an open question takes nearly anything."""
    name, confidence = parsed["intent"]["name"], parsed["intent"].get("confidence", 0.0)
    sure, read = name in BESIDE_SURVEYS and confidence >= SURE, read_answer(question, text)
    if read.why == "own_words":
        asks_back = text.rstrip().endswith("?") or (QUESTION.match(text) and len(text.split()) > 3)
        beside = sure and (asks_back or name == "talk_to_human")
    else:
        beside = sure and read.what == "unclear"
    return parsed if beside else with_intent(parsed, "inform")


def _by_signs(text: str) -> ParseData | None:
    """A message without a letter or digit: what its signs stand for."""
    if any(character.isalnum() for character in text):
        return None
    for name, signs in SIGNS.items():
        if any(sign in text for sign in signs):
            negative = name == "complaint"
            sentiment = {
                "label": "negative" if negative else "neutral",
                "score": -0.8 if negative else 0.0,
            }
            intent = {"name": name, "confidence": 1.0}
            return {
                "text": text,
                "intent": intent,
                "intent_ranking": [intent],
                "entities": [],
                "sentiment": sentiment,
            }
    return None


async def _after_leaving(processor: MessageProcessor, text: str) -> ParseData | None:
    """What a message asks for after "never mind …,", when that is surely a request."""
    end = dropped_until(text)
    if not end or words_in(text[end:]) < PART_WORDS:
        return None
    parsed = await parse(processor, blanked(text, [(0, end)]))
    intent = parsed["intent"]
    if intent["name"] in UNSURE and any(one["entity"] == "category" for one in parsed["entities"]):
        parsed = with_intent(parsed, "search_products")
        intent = parsed["intent"]
    if intent["name"] not in REQUESTS | SHOPPING or intent["confidence"] < HALF_SURE:
        return None
    return parsed


async def _without_refused(
    processor: MessageProcessor, whole: ParseData, text: str
) -> tuple[ParseData, str]:
    """A message and its text without what it says isn't wanted: "no, don't cancel it!"; read anew where it was taken
    for just that."""
    refused = refused_in(text)
    rest = blanked(text, ((one.start, one.end) for one in refused))
    if whole["intent"]["name"] not in {one.intent for one in refused}:
        return whole, rest
    if not set(read(rest).content()) - set(of_all_languages("only_a_request")):
        return with_intent(whole, "stop"), rest
    parsed = await parse(processor, rest)
    again = parsed["intent"]["name"] == whole["intent"]["name"]
    return (with_intent(parsed, "stop") if again else parsed), rest


async def _by_a_part(processor: MessageProcessor, whole: ParseData, text: str) -> ParseData | None:
    """What the one sentence that is surely a request or a complaint says, where all together are nothing sure."""
    intent = whole["intent"]
    by_passage = intent["name"] == POLICY and intent["confidence"] < HALF_SURE
    if not (intent["name"] in UNSURE or by_passage) or len(text) > TWO_REQUESTS:
        return None
    if any(one["entity"] in VALUES for one in whole["entities"]):  # of an order, whatever is said
        return None
    parts = [part for part in parts_of(text) if words_in(part) >= PART_WORDS]
    asking = [
        one
        for one in [await parse(processor, part) for part in (parts if len(parts) > 1 else [])]
        if one["intent"]["confidence"] >= SURE and _says_all(one, text)
    ]
    upset = [one for one in asking if one["intent"]["name"] == COMPLAINT]
    if len({one["intent"]["name"] for one in upset or asking}) != 1:
        return None
    told = (upset or asking)[0]
    return {**whole, **{name: told[name] for name in ("intent", "intent_ranking")}}


def _says_all(part: ParseData, text: str) -> bool:
    """Whether a part of a message is what it is about: a complaint, a task, or a question that is asked."""
    name, confidence = part["intent"]["name"], part["intent"]["confidence"]
    asked = asks_something(part["text"]) or ends_asking(text)
    if name in SIDE_QUESTIONS - {COMPLAINT}:
        return asked and _asks_for_itself(part)
    return confidence >= CERTAIN and (name == COMPLAINT or _asks_for_itself(part))


async def _beside_sorrow(
    processor: MessageProcessor, whole: ParseData, text: str
) -> ParseData | None:
    """What is asked beside a loss that is told of: "my grandmother passed away, can I return her order"."""
    parts = [part for part in CLAUSES.split(text) if part and part.strip()]
    others = [part.strip() for part in parts if not read(part).has("sorrow")]
    rest = ", ".join(one for one in others if len(one.split()) >= PART_WORDS)
    if not rest or len(others) == len(parts):
        return None
    parsed = await parse(processor, rest)
    if parsed["intent"]["name"] in UNSURE or parsed["intent"]["confidence"] < HALF_SURE:
        return None
    told = {name: parsed[name] for name in ("intent", "intent_ranking")}
    return {**whole, **told}


async def _beside_an_idiom(
    processor: MessageProcessor, whole: ParseData, text: str
) -> ParseData | None:
    """What is asked for in a message that sounds like a wound as a whole and in no part: "je suis mort de rire, montre-moi …"."""
    if whole["intent"]["name"] != WOUND:
        return None
    parts = [await parse(processor, part) for part in sentences(text)]
    if any(part["intent"]["name"] == WOUND for part in parts):
        return None
    asked = (
        {**whole, "intent": part["intent"], "intent_ranking": part["intent_ranking"]}
        for part in parts
        if part["intent"]["name"] in REQUESTS | SHOPPING and part["intent"]["confidence"] >= SURE
    )
    of_kind = any(one["entity"] == "category" for one in whole["entities"])
    return next(asked, with_intent(whole, FALLBACK) if parts and of_kind else None)


async def _beside_values(processor: MessageProcessor, whole: ParseData) -> ParseData | None:
    """What is wanted of an order whose number or whose email drowns it: "return 10222, anna@example.com"."""
    text, name = whole["text"], whole["intent"]["name"]
    number = next((one for one in whole["entities"] if one["entity"] == "order_number"), None)
    rest = " ".join(without_values(text).split()).strip(" ,;:.")
    if not number or not rest or name in ORDER_TASKS - {"order_status"}:
        return None
    if _is_sent_to(text):
        return with_intent(whole, "change_address")
    if name in SIDE_QUESTIONS - {"account_help"} and whole["intent"]["confidence"] >= SURE:
        return None
    spoken = named_products().with_stand_in(text, text[number["start"] : number["end"]])
    spoken = " ".join(without_values(spoken).split()).strip(" ,;:.")
    ranking = (await parse(processor, spoken)).get("intent_ranking") or []
    best = next((one for one in ranking if one["name"] not in UNSURE), None)
    if best and best["name"] in ORDER_TASKS and best["confidence"] >= SURE:
        return with_intent(whole, best["name"])
    return None


def _is_sent_to(text: str) -> bool:
    """Whether a text about an order says, and doesn't ask, to which postal address it is to go."""
    address = "" if text.rstrip().endswith("?") or QUESTION.match(text) else address_in(text)
    first = text.find(address.split(", ")[0]) if address else -1
    before = text[:first].rstrip().lower() if first > 0 else ""
    return any(
        re.search(rf"(?:^|\W|[^\x00-\u0250]){re.escape(word)}$", before)
        for word in of_all_languages("sent_to")
    )


async def _two_requests(
    processor: MessageProcessor, whole: ParseData, text: str
) -> list[ParseData]:
    """The two halves of a message when each is surely a request, and not the same one.

    Of two about orders only the first, with the name of the other as `later`. A number and an address
    that stand in one half belong to both; no half ends within one.
    """
    values = [one for one in whole["entities"] if one["entity"] in VALUES]
    seams = (
        seam
        for seam in seams_in(text if len(text) <= TWO_REQUESTS else "")
        if not any(seam.start < one["end"] and one["start"] < seam.end for one in values)
    )
    for seam in islice(seams, 4):
        halves = [text[: seam.start].strip(), text[seam.end :].strip()]
        if any(_says_too_little(half) for half in halves):
            continue
        parsed = [await parse(processor, half) for half in halves]
        parsed = [await _beside_values(processor, one) or _of_its_order(one) for one in parsed]
        parsed = [_of_a_kind(one) for one in parsed]
        parsed = [_with_values(one, values) for one in parsed]
        intents = [one["intent"] for one in parsed]
        if all(_asks_for_itself(one) for one in parsed):
            one, other = (intent["name"] for intent in intents)
            if one == other == POLICY:
                return parsed
            if one != other and {one, other} <= ORDER_TASKS:
                return [_one_after_the_other(*parsed)]
            for first, then in (parsed, parsed[::-1]):
                waits = then["intent"]["name"] in COMES_AFTER
                if waits and first["intent"]["name"] in ORDER_TASKS:
                    return [{**first, "later": then["intent"]["name"]}]
            if one != other:  # a search would be lost in the form that the order opens
                return parsed[::-1] if one in ORDER_TASKS and other in SHOPPING else parsed
    return []


def _says_too_little(half: str) -> bool:
    """Whether a half is too short for a request; "cancel 10222" is one."""
    named = any(sign.isdigit() for sign in half)
    return words_in(half) < PART_WORDS - named


def _of_its_order(part: ParseData) -> ParseData:
    """A half that asks something of an order, and nothing else that is understood, looks at it: "where is HF-10171"."""
    named = any(one["entity"] == "order_number" for one in part["entities"])
    unsure = part["intent"]["name"] in UNSURE | {"inform"}
    asks = named and unsure and read(part["text"]).has("asks", "of_order")
    return with_intent(part, "order_status") if asks else part


def _of_a_kind(part: ParseData) -> ParseData:
    """A half that asks whether a kind is sold looks for it, whatever it would be alone: "y tienen tazas rojas"."""
    named = any(one["entity"] == "category" for one in part["entities"])
    unsaid = part["intent"]["name"] in UNSURE | SHOPPING
    sold = named and unsaid and read(part["text"]).has("sold")
    return with_intent(part, "search_products") if sold else part


def _one_after_the_other(first: ParseData, then: ParseData) -> ParseData:
    """The first of two requests about orders; the other comes later, with its own order where it names another one."""
    number, other = (
        next((one["value"] for one in part["entities"] if one["entity"] == "order_number"), None)
        for part in (first, then)
    )
    later = then["intent"]["name"]
    return {**first, "later": f"{later} {other}" if other and other != number else later}


def _asks_for_itself(part: ParseData) -> bool:
    """Whether a part of a message is surely a request of its own, and says what about: not "for how much?"."""
    name, confidence = part["intent"]["name"], part["intent"]["confidence"]
    asked = name in REQUESTS or (name == POLICY and asks_something(part["text"]))
    return asked and confidence >= HALF_SURE and bool(read(part["text"]).content())


def _with_values(part: ParseData, values: list[dict[str, Any]]) -> ParseData:
    """A part of a message with the values that stand elsewhere in it."""
    said = {one["entity"] for one in part["entities"]}
    missing = [{**one, "start": 0, "end": 0} for one in values if one["entity"] not in said]
    return {**part, "entities": [*part["entities"], *missing]}
