"""What a message means while a form waits: an answer, a question beside it, or something else.

Nothing is done without a yes that is nothing else (bot.answers.consent). Whatever stands beside a yes is
answered first, and the question put again. Another request ends the form, and so do two answers in a
row that are none: the message is then understood as if there had been no form.
"""

import re
from collections.abc import Awaitable, Callable
from typing import Any

from rasa.shared.core.events import ActionExecuted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.answers.consent import Answer, Consent, read_consent
from bot.answers.details import (
    address_in,
    asks_something,
    asks_somewhere,
    calls_off,
    data_scope_in,
    is_plausible,
    rules_out,
    without_values,
)
from bot.dialogue.corrected import corrected
from bot.dialogue.grave import sentences
from bot.dialogue.of_pages import asked_of_pages
from bot.dialogue.values import other_orders
from bot.intents import OrderTask, group, order_tasks
from bot.reading.reader import read
from bot.reading.refusing import refused_in

ParseData = dict[str, Any]
Parse = Callable[[str], Awaitable[ParseData]]

FORMS = ("order_form", "contact_form", "data_form")
SURE = 0.6  # the confidence from which something else than an answer is believed
ASKED = 0.4  # the same of what is a question by its form
CERTAIN = 0.8  # from which a question is what it seems
HALF_SURE = 0.5  # from which "stop" ends a form
QUESTION_WORDS = 3  # fewer may ask anything: "why?", "which number?"
SAID_MORE = 4  # words that add to what was told
LET_GO = 2  # answers in a row that are none
CODE = re.compile(r"(?<!\d)\d{3}[ -]?\d{3}(?!\d)")  # as mailed to an address
ORDER_TASKS = frozenset(order_tasks())
SIDE_QUESTIONS = frozenset(group("side_question"))
NUMBER = re.compile(r"\d")
STOPS = {"stop", "goodbye"}
FEELS = {"complaint", "thank", "praise"}  # beside a yes they ask for nothing
# What somebody says, in a sentence of several, who wants nothing of an order.
NO_ORDER = {"thank", "praise"}
# They count together, for all mean the same here.
TAKES_BACK = frozenset(group("takes_back"))
UNSURE = frozenset(group("unsure"))
EMPTY = frozenset(group("says_nothing"))
SHOPPING = frozenset(group("shopping"))
ABOUT_PRODUCTS = {"product_details", "product_availability", "size_advice"}
OTHERS = ORDER_TASKS.union(SHOPPING, group("ends_form"))
# What changes an order or erases, as bot/answers/words names it: the shop can't put it right by itself, and
# an "ok" may be a polite refusal. Only a plain yes is enough.
CHANGES = {
    "cancel", "change_address", "change_items", "return", "exchange", "resend", "refund", "delete_data",
}  # fmt: skip
OF_A_PART = {"cancel_order", "change_items"}  # "yes cancel, but only one of them"
# Of these more is asked about than asked for.
ONLY_ASKED = {"newsletter_on", "newsletter_off"}
DATA_TASKS = {"export_data", "delete_data"}
COMES_AFTER = frozenset(group("comes_after"))
LEAVES_A_YES = DATA_TASKS | {"insult"}
TOLD = frozenset(group("told"))  # an answer where it is asked what is wrong
VALUES = {"order_number": "order_number", "email": "email", "phone": "call_phone"}  # entity -> slot
FORM_ACTIONS = {
    "action_listen", "action_extract_slots", "action_begin_order_task", "action_begin_data_task",
    "action_begin_contact_task", *FORMS,
}  # fmt: skip


async def in_form(
    parse: Parse, tracker: DialogueStateTracker, asked: str, whole: ParseData, text: str
) -> list[ParseData]:
    """The requests in a message; the first with `leaves` when the form ends before it."""
    if not _values(whole) and (of_pages := asked_of_pages(text)):
        return [with_intent({**whole, "text": text}, of_pages)]
    if asked == "confirmed":
        return await _to_a_question(parse, tracker, whole, text)
    if asked in ("order_number", "email") and not _values(whole):
        instead = _without_an_order(whole, text)
        wants_other = (
            _intent(instead)[0] != "stop"
        )  # who only hasn't the number is helped to find it
        if read(text).has("no_order") or (wants_other and read(text).has("no_number")):
            return [_leaving(instead, text)]
        for part in [await parse(one) for one in sentences(text)]:
            name, confidence = _intent(part)
            if name in NO_ORDER and confidence >= SURE:
                return [_leaving(with_intent(whole, name), text)]
    if asked == "detail" and _asks_of_the_order(tracker, whole, text):
        return [_of_the_order(whole, text)]
    answer = read_consent(text)
    if asked == "detail" and answer.begins is Consent.NO:
        if instead := _refused_for(tracker, answer, whole):
            return [_leaving(with_intent(whole, instead), text)]
    if asked == "detail" and read(text).has("went_wrong", "never_came"):
        return [with_intent(whole, "inform")]  # "never got it" takes nothing back
    # What danger's rules leave out says here that all is well: "it's all there, I was mistaken".
    takes_back = asked == "detail" and _takes_back(await parse(text), text)
    return [with_intent(whole, "stop") if takes_back else _to_a_blank(tracker, asked, whole, text)]


def _without_an_order(whole: ParseData, text: str) -> ParseData:
    """What somebody wants who says that there is no order: what they look for, an answer from the
    shop's pages, or nothing more."""
    name, confidence = _intent(whole)
    if (name in SIDE_QUESTIONS and confidence >= CERTAIN) or name in SHOPPING:
        return whole
    if any(one["entity"] == "category" for one in whole["entities"]):
        return with_intent(whole, "search_products")
    if name in ("return_item", "exchange_item", "returns_policy"):
        return with_intent(whole, "returns_policy")
    return with_intent(whole, "policy_question" if asks_somewhere(text) else "stop")


async def _to_a_question(
    parse: Parse, tracker: DialogueStateTracker, whole: ParseData, text: str
) -> list[ParseData]:
    """After "shall I?"."""
    if tracker.active_loop_name == "contact_form":
        whole = corrected(tracker, _task(tracker), whole)
    changed = _other_values(tracker, whole)
    whole = _of_this_order(tracker, whole)
    other = _other_values(tracker, whole)
    # "yes, cancel HF-10222" names what is asked about, and nothing beside it.
    answer = read_consent(text if changed else without_values(text), _doing(tracker))
    # "Cancel it" may be the answer to "shall I cancel it?"; "nothing at all" is none.
    is_off = calls_off(text) and (_doing(tracker) != "cancel" or answer.rest)
    refused = any(one.intent == _task(tracker) for one in refused_in(text))
    if answer.consent is Consent.NO or is_off or refused:
        return [with_intent(whole, "deny")]
    enough = answer.whole_hearted or (_asked_last(tracker) and not _takes_a_whole_yes(tracker))
    if answer.consent is Consent.YES and enough:
        return [with_intent(whole, "affirm")]
    if answer.consent is Consent.YES and _intent(whole)[0] in {*STOPS, "undo_request"}:
        return [with_intent(whole, "not_yet")]  # "ok, cancel it" is no refusal to cancel
    said = await parse(answer.rest) if answer.begins and answer.rest else whole
    name, confidence = _intent(said)
    changes = name in OTHERS and confidence >= SURE and name != _task(tracker)
    if not other and _only_feels(answer, whole, said, text):
        return [with_intent(whole, "affirm")]
    if other and answer.begins is Consent.YES and (numbers := _orders_beside(tracker, whole)):
        return [_the_same_later(tracker, whole, numbers)]
    if other:
        leaves = changes and _task(tracker) != "call_back"  # a number that is put right
        return [_leaving(said, text) if leaves else with_intent(whole, "inform")]
    if answer.begins is Consent.NO and (instead := _refused_for(tracker, answer, whole)):
        return [_leaving(with_intent(whole, instead), text)]
    sure = confidence >= SURE
    if _task(tracker) == "change_address" and _corrects(answer, name, changes, sure, text):
        return [_leaving(with_intent(whole, "change_address"), text)]  # "no, Rose Street 12, …"
    if (
        _task(tracker) == "cancel_order"
        and read(text).has("of_a_part")
        and not asks_something(text)
    ):
        return [_with_a_condition(whole, text)]  # "cancel only the cheese"
    if _adds(tracker, answer, name, changes, text):
        return [_more_detail(whole, text)]
    if _task(tracker) == "call_back" and NUMBER.search(answer.rest) and not changes:
        return [with_intent(whole, "inform")]  # another time: "no, at 11"
    if _asks_of_the_order(tracker, whole, text):
        return [_of_the_order(whole, text)]
    shown = answer.begins is Consent.YES and tracker.get_slot("shown_products")
    if name in SIDE_QUESTIONS or (shown and name in ABOUT_PRODUCTS):
        return [{**said, "text": text}]
    if (name in STOPS and confidence >= HALF_SURE) or name == "undo_request":
        return [with_intent(whole, "deny")]
    if changes:
        return [_beside(tracker, answer, said, text)]
    if answer.begins is Consent.NO:
        for part in [await parse(one) for one in sentences(text)[-1:]]:
            if _intent(part)[0] in OTHERS | SIDE_QUESTIONS and _intent(part)[1] >= SURE:
                return [
                    _leaving(part, part["text"])
                ]  # "no wait, it was something else. Do you sell mats?"
        return [with_intent(whole, "deny")]
    if not answer.rest or answer.begins or _failures(tracker) + 1 < LET_GO:
        said_more = answer.begins and answer.rest
        return [_with_a_condition(whole, text) if said_more else with_intent(whole, "not_yet")]
    understood = name not in EMPTY and name != _task(tracker)
    return [_leaving(said, text) if understood else with_intent(whole, "deny")]


def _of_this_order(tracker: DialogueStateTracker, whole: ParseData) -> ParseData:
    """Without another address alone: this order was found with its own, and no other can be its."""
    numbers = [one["value"] for one in whole["entities"] if one["entity"] == "order_number"]
    if tracker.active_loop_name != "order_form" or any(
        one != tracker.get_slot("order_number") for one in numbers
    ):
        return whole
    return {**whole, "entities": [one for one in whole["entities"] if one["entity"] != "email"]}


def _refused_for(tracker: DialogueStateTracker, answer: Answer, whole: ParseData) -> str:
    """What somebody wants who refuses what is asked about: "no, it just never came", "no, only tell me where it is"."""
    task = order_tasks().get(_task(tracker) or "", OrderTask())
    of_items = task.said and read(answer.rest).has("not_here", "never_came")
    if of_items and task.kind != "missing" and not read(answer.rest).has("went_wrong"):
        return "trace_parcel"
    where = _intent(whole)[0] == "order_status" or any(
        sign.value == "where" for sign in read(answer.rest).of("of_order")
    )
    return "order_status" if task.said and where else ""


def _corrects(answer: Answer, name: str, changes: bool, sure: bool, text: str) -> bool:
    """Whether another address is said where one is asked about, or a part of one, for which all of it is asked again:
    "ok wait, Rose Street 14", "not Amsterdam, Utrecht". What was noted before isn't asked about any more."""
    if asks_something(text) or changes:
        return False
    part = NUMBER.search(without_values(answer.rest)) and not answer.plainly
    if address_in(text) or part:
        return True
    other = name in SIDE_QUESTIONS and sure and not rules_out(text)
    more = len(answer.rest.split()) >= QUESTION_WORDS or rules_out(text)
    said = answer.begins is not Consent.YES and more
    return bool(said and not other and name not in {*STOPS, *FEELS, "undo_request"})


def _adds(
    tracker: DialogueStateTracker, answer: Answer, name: str, changes: bool, text: str
) -> bool:
    """Whether more is told of what is asked about, so that it is asked again with it: "and the lid is cracked, too"."""
    task = order_tasks().get(_task(tracker) or "", OrderTask())
    if not (task.detail and task.said) or answer.begins is Consent.NO or asks_something(text):
        return False
    other = (changes and name not in TOLD) or name in {
        *STOPS,
        *EMPTY,
        *FEELS,
        "undo_request",
    } - UNSURE
    said = len(without_values(answer.rest).split()) >= SAID_MORE
    return said and not other and is_plausible(task.kind, answer.rest)


def _more_detail(parsed: ParseData, text: str) -> ParseData:
    return {**with_intent({**parsed, "text": text}, "not_yet"), "beside": "detail"}


def _orders_beside(tracker: DialogueStateTracker, parsed: ParseData) -> list[str]:
    """The orders that a message adds to the one that the form is about: "yes, and HF-2, too"."""
    if tracker.active_loop_name != "order_form" or not read(parsed["text"]).has(
        "joins", "sum_more"
    ):
        return []
    named = [one["value"] for one in parsed["entities"] if one["entity"] == "order_number"]
    known = tracker.get_slot("order_number")
    return [one for one in [*named, *other_orders(parsed)] if one != known]


def _the_same_later(
    tracker: DialogueStateTracker, parsed: ParseData, numbers: list[str]
) -> ParseData:
    """A yes with another order beside it: nothing is done, and the other one comes after this one."""
    entities = [one for one in parsed["entities"] if one["entity"] not in VALUES]
    later = " ".join([_task(tracker) or "", *numbers])
    return {**with_intent({**parsed, "entities": entities}, "not_yet"), "later": later}


def _only_feels(answer: Answer, whole: ParseData, said: ParseData, text: str) -> bool:
    """Whether all that is said beside a whole-hearted yes is how somebody feels: "yes, I'm so annoyed"."""
    name, confidence = _intent(said)
    feels = name in FEELS and confidence >= SURE
    agrees = _intent(whole)[0] == "affirm" and _intent(whole)[1] >= SURE
    return answer.plainly and feels and agrees and not (asks_something(text) or rules_out(text))


def _takes_a_whole_yes(tracker: DialogueStateTracker) -> bool:
    """Whether an "ok" isn't enough: where something changes, or what was noted may be a refusal."""
    noted = read_consent(tracker.get_slot("detail") or "")
    return _doing(tracker) in CHANGES or noted.begins is Consent.NO


def _beside(tracker: DialogueStateTracker, answer: Answer, said: ParseData, text: str) -> ParseData:
    """Another request after "shall I?": a look at the same order is a question beside; a task that a
    yes came before waits for it; all else is a change of mind."""
    name, _ = _intent(said)
    of_orders = tracker.active_loop_name == "order_form" and name in ORDER_TASKS
    if of_orders and not order_tasks()[name].kind:
        return {**with_intent({**said, "text": text}, "not_yet"), "beside": name}
    if of_orders and answer.begins is Consent.YES and {name, _task(tracker)} == OF_A_PART:
        return _with_a_condition(said, text)
    waits = tracker.active_loop_name == "order_form" and name in COMES_AFTER
    if (of_orders or waits) and answer.begins is Consent.YES:
        return {**with_intent({**said, "text": text}, "not_yet"), "later": name}
    if answer.begins is Consent.YES and name not in LEAVES_A_YES:
        return _with_a_condition(said, text)
    return _leaving(said, text)


def _asks_of_the_order(tracker: DialogueStateTracker, parsed: ParseData, text: str) -> bool:
    """Whether something is asked of the order that the form is about: "and what did I pay?"."""
    if _other_values(tracker, parsed):
        return False
    reading = read(text)
    asks = asks_something(text) or reading.has("asks")
    return tracker.active_loop_name == "order_form" and asks and reading.has("of_order")


def _of_the_order(parsed: ParseData, text: str) -> ParseData:
    """A question beside the form's, which the order answers."""
    return {**with_intent({**parsed, "text": text}, "not_yet"), "beside": "order_status"}


def _with_a_condition(parsed: ParseData, text: str) -> ParseData:
    """A yes with something beside it that is neither answered nor done."""
    return {**with_intent({**parsed, "text": text}, "not_yet"), "beside": "condition"}


def _takes_back(parsed: ParseData, text: str) -> bool:
    """Whether it says that nothing is wanted any more, where a reason was asked."""
    ranking = parsed["intent_ranking"]
    share = sum(one["confidence"] for one in ranking if one["name"] in TAKES_BACK)
    return calls_off(text) or share >= SURE


def _to_a_blank(
    tracker: DialogueStateTracker, asked: str, parsed: ParseData, text: str
) -> ParseData:
    """After a question for a number, an address, a reason."""
    if asked == "code" and CODE.search(text):
        return with_intent({**parsed, "entities": []}, "inform")  # no order's number
    name, confidence = _intent(parsed)
    scope = data_scope_in(text) if asked == "data_scope" and not asks_something(text) else ""
    has_value = bool(scope or _values(parsed))
    if name == "stop" and confidence >= HALF_SURE:
        return parsed
    if name == "goodbye" and confidence >= HALF_SURE:
        return _leaving(parsed, text)
    asks = asks_somewhere(text) and not has_value
    if asks and name in ONLY_ASKED | {"complaint"} and confidence < CERTAIN and only_asks(text):
        return with_intent(parsed, "policy_question")
    if name in SIDE_QUESTIONS and confidence >= (ASKED if asks else SURE) and not has_value:
        return parsed
    if asked == "data_scope" and name in DATA_TASKS:  # a copy and an erasure are never one another
        same = name == _task(tracker)
        return with_intent(parsed, "inform") if same else _leaving(parsed, text)
    if _changes_task(tracker, asked, parsed, text):
        return _leaving(parsed, text)
    if tracker.active_loop_name == "data_form" and "order_number" in _values(parsed):
        return _leaving(parsed, text)  # about an order, whatever address is with it
    if asked != "detail" and name == "thank" and confidence >= SURE:
        return with_intent(parsed, "stop")
    if (
        asked in ("order_number", "email")
        and name == "praise"
        and confidence >= SURE
        and not has_value
    ):
        return _leaving(parsed, text)
    if read_consent(text).consent is Consent.NO:
        return with_intent(parsed, "stop")
    if asked == "detail" and asks and not _asks_for_it(tracker, name):
        return _unanswered(tracker, parsed, text)
    if asked != "detail" and not has_value and name != _task(tracker):
        if other := _something_else(parsed, text, asks):
            return other
    if asked == "detail":
        answers = is_plausible(_doing(tracker), text)
    else:
        answers = has_value or asked in ("data_scope", "call_phone")
    if not answers and _failures(tracker) + 1 >= LET_GO and name not in EMPTY:
        return _leaving(parsed, text)
    return with_intent(parsed, "inform")


def only_asks(text: str) -> bool:
    """Whether a task is only asked about: "how often does it come?", not "could you sign me up?"."""
    reading = read(text)
    return (asks_something(text) or reading.has("asks")) and not reading.has("asks_to_do")


def _something_else(parsed: ParseData, text: str, asks: bool) -> ParseData | None:
    """What is no number and no address, and plainly isn't meant as one: a question beside the form, which the shop's
    pages answer, or a wish for products, for which it ends."""
    reading = read(text)
    of_kind = any(one["entity"] in ("category", "product") for one in parsed["entities"])
    of_products = _intent(parsed)[0] in SHOPPING
    second = any(sign.first == 1 for sign in reading.of("asks"))
    asks = asks or (reading.begins_with("goes_on") and second)  # "and how long …"
    if of_kind and (reading.superlative or reading.has("sold") or (of_products and asks)):
        return _leaving(with_intent(parsed, "search_products"), text)
    words = len(text.split())
    if not asks or words < QUESTION_WORDS or not (reading.content() or words > QUESTION_WORDS):
        return None
    return with_intent({**parsed, "text": text}, "policy_question")


def _asks_for_it(tracker: DialogueStateTracker, name: str) -> bool:
    """Whether a question is an answer: "could I get it in blue?", "why did it break?"."""
    wishes = SHOPPING - {"size_advice", "product_details"}
    other = wishes if _doing(tracker) in ("exchange", "change_items") else set()
    return name == _task(tracker) or name in (TOLD - SHOPPING) | other


def _unanswered(tracker: DialogueStateTracker, parsed: ParseData, text: str) -> ParseData:
    """A question where a reason was asked is none: the reason is asked again, or the form lets go."""
    understood = _intent(parsed)[0] not in EMPTY
    if _failures(tracker) + 1 >= LET_GO and understood:
        return _leaving(parsed, text)
    return {**with_intent(parsed, "not_yet"), "beside": "question"}


def _changes_task(tracker: DialogueStateTracker, asked: str, parsed: ParseData, text: str) -> bool:
    """Whether it is surely a request, and neither the one that is served nor an answer in disguise."""
    name, confidence = _intent(parsed)
    if name not in OTHERS or confidence < SURE or name == _task(tracker):
        return False
    if asked != "detail":
        answers = asked in _values(parsed)  # whatever is said beside it
        return name in ORDER_TASKS or not answers
    kind = _doing(tracker)
    if not is_plausible(kind, text):
        return True
    if kind == "change_address" and name == "call_back" and address_in(text):
        return False  # a number to ring at the door
    if kind == "missing" and name == "order_status":  # "the second parcel never came"
        return bool(_values(parsed))
    return name not in (TOLD if kind != "change_address" else ())


def _intent(parsed: ParseData) -> tuple[str, float]:
    return parsed["intent"]["name"] or "", parsed["intent"].get("confidence") or 0.0


def with_intent(parsed: ParseData, name: str) -> ParseData:
    """The same message with another intent, which is sure."""
    intent = {"name": name, "confidence": 1.0}
    ranking = [intent, *(one for one in parsed.get("intent_ranking") or [] if one["name"] != name)]
    return {**parsed, "intent": intent, "intent_ranking": ranking}


def _leaving(parsed: ParseData, text: str) -> ParseData:
    return {**parsed, "text": text, "leaves": True}


def _values(parsed: ParseData) -> dict[str, Any]:
    return {one["entity"]: one["value"] for one in parsed["entities"] if one["entity"] in VALUES}


def _other_values(tracker: DialogueStateTracker, parsed: ParseData) -> bool:
    """Whether it names another number or address than is known: "no, it's 10222"."""
    return any(tracker.get_slot(VALUES[name]) != value for name, value in _values(parsed).items())


def _task(tracker: DialogueStateTracker) -> str | None:
    """The intent that the form serves."""
    slots = {"order_form": "order_task", "data_form": "data_task", "contact_form": "contact_task"}
    task: str | None = tracker.get_slot(slots[tracker.active_loop_name or ""])
    return task


def _doing(tracker: DialogueStateTracker) -> str:
    """What the form is about to do, as bot/answers/words names it."""
    task = _task(tracker) or ""
    return order_tasks()[task].kind if task in ORDER_TASKS else task


def _failures(tracker: DialogueStateTracker) -> int:
    return int(tracker.get_slot("form_failures") or 0)


def _asked_last(tracker: DialogueStateTracker) -> bool:
    """Whether the question is all that was said last; an "ok" after something else isn't about it."""
    for event in reversed(tracker.events):
        if isinstance(event, UserUttered):
            return True
        if isinstance(event, ActionExecuted) and event.action_name not in FORM_ACTIONS:
            return False
    return True
