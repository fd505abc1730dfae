"""What goes before everything else that a message could mean: danger to somebody, a threat of law.

Both leave every form. Danger holds: whatever follows stays with the person until they say that they
are safe, or staff who took over end it. Even then little is enough, for the rest of the conversation, to be back in it.
Faint danger, which no phrase said and which was hardly measured, gives way to a calm request: it is oftener an idiom.
An emergency, which questions about goods sound like, gives way to who says that there is none, and to a second calm request.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from rasa.shared.core.events import UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.answers.safety import (
    Heard,
    heard_in,
    is_doubtful,
    is_unwell,
    laughs_it_off,
    means_no_harm,
    means_otherwise,
    only_wants,
    says_about,
    says_safe,
    takes_back,
)
from bot.intents import group

ParseData = dict[str, Any]

SURE = 0.6  # the confidence from which a request is surely one
# A part alone has to be plainer by so much: torn from the rest it may sound like anything.
OF_A_PART = 0.15
FROM = 0.03  # measured, it is danger: nearer to the border lies what only sounds like it
DANGER = group("danger")  # the likeliest says in which words to answer
OF_GOODS = "emergency"  # the kind that what is asked of goods is taken for
DOUBTED_FROM = -0.1  # below, an intent of danger is taken for the next likeliest one
SAFE_BELOW = -0.2  # who says "safe" with as much danger as this in any clause isn't believed
# A phrase of danger in a message that was measured in the phrase's language counts from so much: "请打我手机" has "打我" in it.
WITH_A_PHRASE = -0.6
# Who was in danger before, and took it back, is in it again by less; hardly by less where it was faint.
BEFORE, BEFORE_FAINTLY = 0.7, 0.2
FAINT = 0.5  # measured, below it danger is faint: a fifth of what is real, and most of what only sounds like it
# Half-heard danger adds up: what of the last messages lies above UNEASY, when this one does, reaches ENOUGH.
UNEASY, ENOUGH, REMEMBERED = -0.6, 0.75, 6
# Danger and share of another kind from which that which holds changes to it.
CLEARLY, OTHERWISE = 0.3, 0.75
LAW_FROM = 0.5
MEASURED = ("danger", "danger_kinds", "danger_alone", "danger_in", "danger_read")
SAFE_FROM = 0.5
LIKELY_FROM = 0.45  # the confidence that config.yml asks of an intent
END = re.compile(r"[.!?…;,\n。！？；，]+")
THINGS = ("category", "product")
WORDS = 3  # fewer make no sentence that could be read alone
# At most so many are read, the last ones; danger is looked for in all (components/danger.py).
PARTS = 3
LOOKED_AT = 1000  # characters, the last ones


def sentences(text: str) -> list[str]:
    """The last sentences and clauses of a message that has several: one may say what the others hide."""
    parts = [part.strip() for part in END.split(text[-LOOKED_AT:])]
    parts = [part for part in parts if len(part.split()) >= WORDS]
    return parts[-PARTS:] if len(parts) > 1 else []


def grave(
    parsed: ParseData,
    parts: Sequence[ParseData],
    tracker: DialogueStateTracker | None,
    requests: frozenset[str],
) -> ParseData | None:
    """The message as danger, its end or a threat of law; None when it is none of them.

    `parts` are its clauses, among them the most dangerous one; `requests` the intents by which a
    customer asks for something. `language` is set on what another language than English says.
    """
    text = parsed["text"]
    spoken = heard_in(text)
    held = tracker.get_slot("crisis") if tracker else None
    before = held["kind"] if held else tracker.get_slot("crisis_before") if tracker else None
    phrase = spoken.kind if spoken and spoken.kind in DANGER and _holds(spoken, parsed) else ""
    measured = measured_in(parsed)
    was_faint = bool(tracker and tracker.get_slot("crisis_was_faint"))
    enough = -(BEFORE_FAINTLY if was_faint else BEFORE) if before and not held else FROM
    of_goods = bool(held) and held["kind"] == OF_GOODS
    if held and (means_otherwise(text) or (of_goods and means_no_harm(text))):
        enough = CLEARLY
    if (
        phrase or measured >= enough or (not held and _adds_up(text, measured, tracker))
    ):  # however sure a request is
        kind = _kind(parsed, parts, phrase, before)
        faint = not phrase and measured < FAINT and (not before or (was_faint and not held))
        return {
            **_only(parsed, kind),
            "faint": faint,
            **({"language": spoken.language} if spoken and phrase else {}),
        }
    if held:
        said = [parsed, *parts]
        safe = says_safe(text) or _says_safe(text, said, requests) or _meant(text, said, requests)
        faint = bool(held.get("faint"))
        safe = safe or (of_goods and _is_none(text, said))
        gives_way = faint or (of_goods and _wished_before(tracker, requests))
        goes_on = not safe and gives_way and _goes_on(text, said, requests)
        safe = safe or goes_on or (faint and _is_calm(said) and laughs_it_off(text))
        return {
            **_only(parsed, "safe_now" if safe else held["kind"]),
            "faint": faint,
            "goes_on": goes_on,
        }
    if before and takes_back(text):
        return _only(parsed, before)
    if (spoken and spoken.kind == "legal_threat") or any(
        _shares(part).get("legal_threat", 0.0) >= LAW_FROM for part in (parsed, *parts)
    ):
        return _only(parsed, "legal_threat")
    return None


def _holds(spoken: Heard, parsed: ParseData) -> bool:
    """Whether what a phrase says isn't ruled out by a message that was measured in its language."""
    return parsed.get("danger_read") != spoken.language or measured_in(parsed) >= WITH_A_PHRASE


def _adds_up(text: str, measured: float, tracker: DialogueStateTracker | None) -> bool:
    """Whether this message and those before it, each only half danger, are danger together."""
    if measured < UNEASY or tracker is None or means_otherwise(text):
        return False
    said = [event for event in tracker.events if isinstance(event, UserUttered)][-REMEMBERED:]
    found = [measured, *(measured_in(event.parse_data or {}) for event in said)]
    half = [one for one in found if UNEASY < one < FROM]  # what was heard has had its answer
    return sum(one - UNEASY for one in half) >= ENOUGH


def measured_in(parsed: Mapping[str, Any]) -> float:
    """From `FROM` it is danger, in all of the message or a part of it."""
    return max(_danger(parsed), _danger_alone(parsed) - OF_A_PART)


def louder(parsed: ParseData, rest: ParseData) -> ParseData:
    """The message with what was measured of its rest, where that is more of danger."""
    if measured_in(rest) <= measured_in(parsed):
        return parsed
    return {**parsed, **{name: rest[name] for name in MEASURED if name in rest}}


def _kind(parsed: ParseData, parts: Sequence[ParseData], phrase: str, before: str | None) -> str:
    """Which kind of danger it is: that which holds, unless it clearly is another one."""
    kinds = parsed.get("danger_kinds") or {}
    if not kinds:  # nothing measured the kinds: the intents say it
        shares = _shares(max([parsed, *parts], key=_danger))
        kinds = {kind: shares.get(kind, 0.0) for kind in DANGER}
    likeliest = phrase or max(DANGER, key=lambda kind: kinds.get(kind, 0.0))
    clear = phrase or (measured_in(parsed) >= CLEARLY and kinds.get(likeliest, 0.0) >= OTHERWISE)
    return likeliest if clear or not before else before


def _says_safe(text: str, parts: Sequence[ParseData], requests: frozenset[str]) -> bool:
    """Whether somebody says that they are safe, and nothing in the message is dangerous, takes it
    back, or is asked: when in doubt, they aren't."""
    said = any(
        part["intent"]["name"] == "safe_now" and part["intent"].get("confidence", 0.0) >= SAFE_FROM
        for part in parts
    )
    calm = all(max(_danger(part), _danger_alone(part)) < SAFE_BELOW for part in parts)
    return (
        said and calm and not is_doubtful(text) and not any(_asks(part, requests) for part in parts)
    )


def _meant(text: str, parts: Sequence[ParseData], requests: frozenset[str]) -> bool:
    """Whether somebody whose words weren't meant so says what was, plainly or by what alone is wanted."""
    loudest = max(max(_danger(part), _danger_alone(part)) for part in parts)
    asked = only_wants(text) and any(_asks(part, requests) for part in parts)
    return (means_otherwise(text) and loudest < CLEARLY) or (asked and loudest < SAFE_BELOW)


def _is_none(text: str, parts: Sequence[ParseData]) -> bool:
    """Whether somebody calmly says that there is no emergency, or which thing of the shop it is about."""
    things = any(one["entity"] in THINGS for part in parts for one in part["entities"])
    said = means_no_harm(text) or (things and says_about(text))
    loudest = max(max(_danger(part), _danger_alone(part)) for part in parts)
    return said and loudest < SAFE_BELOW and not takes_back(text) and not is_unwell(text)


def _wished_before(tracker: DialogueStateTracker | None, requests: frozenset[str]) -> bool:
    """Whether one of the last messages, while danger held, was a calm request already."""
    events = tracker.events if tracker else ()
    said = [event for event in events if isinstance(event, UserUttered)][-REMEMBERED:]
    return any(
        event.intent_name in DANGER
        and max(_danger(parsed), _danger_alone(parsed)) < UNEASY
        and any(_asks({"intent": one}, requests) for one in parsed.get("intent_ranking", ())[1:2])
        for event in said
        if (parsed := event.parse_data or {})
    )


def _goes_on(text: str, parts: Sequence[ParseData], requests: frozenset[str]) -> bool:
    """Whether somebody calmly asks for something of the shop: who was taken for in danger by little goes on."""
    asked = any(
        _asks(part, requests) or any(one["entity"] == "category" for one in part["entities"])
        for part in parts
    )
    return asked and _is_calm(parts) and not takes_back(text)


def _is_calm(parts: Sequence[ParseData]) -> bool:
    return all(max(_danger(part), _danger_alone(part)) < UNEASY for part in parts)


def _asks(parsed: ParseData, requests: frozenset[str]) -> bool:
    """Whether it is surely a request."""
    intent = parsed["intent"]
    return intent["name"] in requests and intent.get("confidence", 0.0) >= SURE


def _shares(parsed: ParseData) -> dict[str, float]:
    return {intent["name"]: intent.get("confidence", 0.0) for intent in parsed["intent_ranking"]}


def _danger(parsed: Mapping[str, Any]) -> float:
    """From 0 it is danger; see bot/dialogue/components/danger.py."""
    return parsed.get("danger", -1.0)


def _danger_alone(parsed: Mapping[str, Any]) -> float:
    """The same of its most dangerous part."""
    return parsed.get("danger_alone", -1.0)


def not_grave(parsed: ParseData) -> ParseData:
    """What a message is when nobody is in danger: then nobody says that they are safe, either."""
    doubted = ("safe_now", *DANGER) if _danger(parsed) < DOUBTED_FROM else ("safe_now",)
    if parsed["intent"]["name"] not in doubted:
        return parsed
    shares = _shares(parsed)
    left = 1.0 - sum(shares.get(name, 0.0) for name in doubted)
    ranking = [
        {"name": name, "confidence": share / max(left, 1e-6)}
        for name, share in shares.items()
        if name not in doubted
    ]
    if not ranking or ranking[0]["confidence"] < LIKELY_FROM:
        ranking.insert(0, {"name": "nlu_fallback", "confidence": LIKELY_FROM})
    return {**parsed, "intent": ranking[0], "intent_ranking": ranking}


def while_held(text: str, intent: str, kind: str) -> ParseData:
    """A quick reply for `intent`, pressed while danger of this kind holds: it is noted, not done."""
    asked = {"name": intent, "confidence": 1.0}
    parsed = {"text": text, "intent": asked, "intent_ranking": [asked], "entities": []}
    return _only(parsed, kind)


def _only(parsed: ParseData, name: str) -> ParseData:
    """The intent and no entities: a number in such a message answers no form."""
    intent = {"name": name, "confidence": 1.0}
    ranking = [intent, *(one for one in parsed["intent_ranking"] if one["name"] != name)]
    return {**parsed, "intent": intent, "intent_ranking": ranking, "entities": []}
