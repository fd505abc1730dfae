"""What goes before everything else that a message could mean: danger to somebody, a threat of law.

Both leave every form. Danger holds: what follows stays with the person until they clearly turn to
something else or say that they are safe.
"""

import re
from collections.abc import Sequence
from typing import Any

from rasa.shared.core.trackers import DialogueStateTracker

from bot.intents import group

ParseData = dict[str, Any]

SURE = 0.6  # the confidence of another request, from which danger has to be plainer than …
PLAIN = 0.2
OF_A_PART = 0.15  # a clause alone has to be plainer by so much: torn from the rest it may sound like anything
DANGER = group("danger")  # the likelier of the two says in which words to answer
TURNED_FROM = 0.8  # the confidence from which a request ends the mode
DANGER_LEFT = -0.4  # with more danger than this in it, a request doesn't
DOUBTED_FROM = -0.2  # below, an intent of danger is taken for the next likeliest one
LAW_FROM = 0.5
SAFE_FROM = 0.5
LIKELY_FROM = 0.45  # the confidence that config.yml asks of an intent
END = re.compile(r"[.!?…;,\n]+")
WORDS = 3  # fewer make no sentence that could be read alone
PARTS = 3  # at most so many are read, the last ones
LOOKED_AT = 2000  # characters


def sentences(text: str) -> list[str]:
    """The sentences and clauses of a message that has several: one may say what the others hide."""
    parts = [part.strip() for part in END.split(text[:LOOKED_AT])]
    parts = [part for part in parts if len(part.split()) >= WORDS]
    return parts[-PARTS:] if len(parts) > 1 else []


def grave(
    parsed: ParseData,
    parts: Sequence[ParseData],
    tracker: DialogueStateTracker | None,
    requests: frozenset[str],
) -> ParseData | None:
    """The message as danger, its end or a threat of law; None when it is none of them.

    `parts` are its sentences; `requests` the intents by which a customer turns to something else.
    """
    heard = max(parts, key=lambda one: _beyond(one, requests), default=parsed)
    danger = _beyond(heard, requests) - OF_A_PART
    if not parts or _beyond(parsed, requests) >= danger:
        heard, danger = parsed, _beyond(parsed, requests)
    held = tracker.get_slot("crisis") if tracker else None
    name, confidence = parsed["intent"]["name"], parsed["intent"].get("confidence", 0.0)
    safe = bool(held) and any(_says_safe(one) for one in (parsed, *parts))
    if danger >= 0 and not safe:
        shares = _shares(heard)
        return _only(parsed, max(DANGER, key=lambda one: shares.get(one, 0.0)))
    if held:
        if safe:  # and what is asked beside it is answered
            asks = any(_asks(one, requests) for one in (parsed, *parts))
            return None if asks else _only(parsed, "safe_now")
        turned = name in requests and confidence >= TURNED_FROM and danger < DANGER_LEFT
        return None if turned else _only(parsed, held["kind"])
    if any(_shares(one).get("legal_threat", 0.0) >= LAW_FROM for one in (parsed, *parts)):
        return _only(parsed, "legal_threat")
    return None


def _says_safe(parsed: ParseData) -> bool:
    intent = parsed["intent"]
    return intent["name"] == "safe_now" and intent.get("confidence", 0.0) >= SAFE_FROM


def _asks(parsed: ParseData, requests: frozenset[str]) -> bool:
    """Whether it is surely a request."""
    intent = parsed["intent"]
    return intent["name"] in requests and intent.get("confidence", 0.0) >= SURE


def _shares(parsed: ParseData) -> dict[str, float]:
    return {one["name"]: one.get("confidence", 0.0) for one in parsed["intent_ranking"]}


def _beyond(parsed: ParseData, requests: frozenset[str]) -> float:
    """The danger in a message; less of it when the message surely asks for something."""
    return _danger(parsed) - (PLAIN if _asks(parsed, requests) else 0.0)


def _danger(parsed: ParseData) -> float:
    """From 0 it is danger; see bot/dialogue/components/danger.py."""
    return parsed.get("danger", -1.0)


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


def _only(parsed: ParseData, name: str) -> ParseData:
    """The intent and no entities: a number in such a message answers no form."""
    intent = {"name": name, "confidence": 1.0}
    ranking = [intent, *(one for one in parsed["intent_ranking"] if one["name"] != name)]
    return {**parsed, "intent": intent, "intent_ranking": ranking, "entities": []}
