"""Which passages of the shop's pages answer a question, and how they are quoted."""

import re

from rasa_sdk import Tracker

from actions.backends import get_passages
from actions.dates.days import names_long_time
from actions.messages import messages_of
from actions.pages import page_link
from actions.texts import phrase, texts
from bot.reading.reader import read
from recommender.passages import ANSWERS_FROM, MAX_PASSAGE, NEARLY_AS_GOOD, Answer, quoted
from recommender.search.titles import tokens

GOES_ON = 0.95  # of the score of a question together with the one before it
SAME_PAGE = 0.08  # what it counts that a passage is of the page that answered just before
SAME_TOPIC = 0.16  # the same of a few words that go on from it, and name little themselves
SAME_SECTION = 0.08  # what it counts more of such words that a passage was the one that answered
# In languages that part no words a space ends a sentence, too.
SENTENCE = re.compile(r"(?<=[.!?;。！？])\s*|(?<=[\u3400-\u9fff])\s+(?=[\u3400-\u9fff])")
MOST_PARTS = 4  # sentences of a question that are looked for one by one
LINK = re.compile(r"/shop/policies/(\w{1,80})(?:\?language=\w{1,9})?(?:#([\w-]{1,200}))?")
SILENT = ("action_listen", "action_extract_slots", "action_session_start")
FROM_PAGES = (
    "action_answer_policy",
    "action_delivery_info",
    "action_returns_policy",
    "action_contact",
)
NAMES = 2  # words from which a question names what it is about
PART = 3  # words from which a sentence of a question is looked for by itself
PRIOR = 0.2  # the weight of what an intent asks in general, beside the question itself


def answers(
    question: str, intent: str = "", before: str = "", place: tuple[str, str] = ("", "")
) -> list[Answer]:
    """The passages that answer a question, one or two; none when the pages don't know.

    An intent counts by the question that it stands for (`asked_<intent>`): "can i use several codes" is about
    discounts and not about gift cards. A second passage comes along when it fits the words nearly as well,
    or says for how long something holds when the question names months or years and the first doesn't.
    `before` is the question that was answered last, and `place` the page and the section that it was answered from,
    where this one may go on from it: "and to Spain?".
    """
    ranked = _ranked(question)
    general = _general(intent)
    scores = {one.passage: one.score + PRIOR * general.get(one.passage, 0.0) for one in ranked}
    if before:
        both = {one.passage: one.score for one in get_passages().ranked(f"{before} {question}")}
        scores = {passage: max(score, GOES_ON * both[passage]) for passage, score in scores.items()}
        page = (
            place[0] or max(get_passages().ranked(before), key=lambda one: one.score).passage.page
        )
        further = goes_on(question)
        for passage in scores:
            if passage.page == page:
                section = further and place == (passage.page, passage.anchor)
                scores[passage] += (SAME_TOPIC if further else SAME_PAGE) + SAME_SECTION * section
    best = max(ranked, key=lambda one: scores[one.passage], default=None)
    if best is None or scores[best.passage] < ANSWERS_FROM:
        return []
    limit = _limit_of_time(question, best, ranked, general)
    if limit:
        return [best, limit]
    near = [
        one
        for one in ranked
        if one.score + NEARLY_AS_GOOD > ranked[0].score
        or scores[one.passage] + NEARLY_AS_GOOD > scores[best.passage]
    ]
    also = next((one for one in near if one is not best), None)
    return [best, also] if also else [best]


def _ranked(question: str) -> list[Answer]:
    """All passages, by the sentence of a question that each fits best."""
    parts = [one for one in SENTENCE.split(question) if _count(one) >= PART][:MOST_PARTS]
    best = {one.passage: one for one in get_passages().ranked(question)}
    for part in parts if len(parts) > 1 or _count(question) > _count(" ".join(parts)) else []:
        for one in get_passages().ranked(part):
            best[one.passage] = max(best[one.passage], one, key=lambda found: found.score)
    return sorted(best.values(), key=lambda one: -one.score)


def _count(text: str) -> int:
    """How many words a text has; of languages that part none, how many signs."""
    return sum(1 for _ in tokens(text))


def goes_on(question: str) -> bool:
    """Whether a question begins as one that goes on ("and …"), or names hardly anything itself."""
    reading = read(question)
    return reading.begins_with("goes_on") or len(reading.content()) < NAMES


def place_told(tracker: Tracker) -> tuple[str, str]:
    """The page that the last answer linked to first, and the section of it; empty where it linked to none."""
    said: list[str] = []
    for event in reversed(tracker.events):
        if event.get("event") == "user" and said:
            break
        if event.get("event") == "bot":
            said.insert(0, event.get("text") or "")
    found = [(one[1], one[2] or "") for one in LINK.finditer("\n".join(said))]
    return next((one for one in found if one[1]), found[0] if found else ("", ""))


def answers_here(tracker: Tracker, question: str) -> list[Answer]:
    """The passages that answer a question at this point of a conversation."""
    return answers(question, "", asked_before(tracker), place_told(tracker))


def asked_before(tracker: Tracker) -> str:
    """The customer's message before this one when it was answered from the pages, too; with the one before it where it
    went on from that."""
    task = tracker.get_slot("order_task") if tracker.active_loop else None
    if task:
        return _began(tracker, str(task))
    said = [event for event in tracker.events if event.get("event") in ("user", "action")]
    place = next((i for i in range(len(said) - 1, -1, -1) if said[i]["event"] == "user"), 0)
    earlier = said[:place]
    ran = [event.get("name") for event in earlier if event["event"] == "action"]
    last = next((name for name in reversed(ran) if name not in SILENT), None)
    asked = [event for event in earlier if event["event"] == "user"]
    if not asked or not (last in FROM_PAGES or place_told(tracker)[0]):
        return ""
    told = [str((event.get("parse_data") or {}).get("text") or "") for event in asked[-2:]]
    first = told[0] if len(told) > 1 and read(told[1]).begins_with("goes_on") else ""
    return " ".join(filter(None, [first, told[-1]]))


def _began(tracker: Tracker, task: str) -> str:
    """What was said as the task began that a form serves: a question beside it goes on from that."""
    told = messages_of(tracker)
    began = [one for one in told if (one.get("intent") or {}).get("name") == task]
    text = str(began[-1].get("text") or "") if began else ""
    return "" if text.startswith("/") else text


def general_question(intent: str) -> str:
    """What an intent asks when it comes from a quick reply."""
    return texts().get(f"asked_{intent}", [intent.replace("_", " ")])[0]


def _general(intent: str) -> dict:
    """How well each passage fits what an intent asks in general."""
    if f"asked_{intent}" not in texts():
        return {}
    return {one.passage: one.score for one in get_passages().ranked(general_question(intent))}


def _limit_of_time(
    question: str, best: Answer, ranked: list[Answer], general: dict
) -> Answer | None:
    """What the same page says of months and years, when the question has them and the best passage hasn't.

    "My lamp failed after 14 months" fits what is covered best, but is answered by how long.
    """
    if not names_long_time(question) or names_long_time(best.passage.text):
        return None
    page = [one for one in ranked if one.passage.page == best.passage.page]
    timed = [one for one in page if names_long_time(one.passage.text)]
    return max(timed, key=lambda one: general.get(one.passage, one.score), default=None)


def from_pages(found: list[Answer], tracker: Tracker) -> str:
    """The passages as they are quoted, each with its heading and a link."""
    return "\n\n".join(
        phrase(
            "from_our_pages", tracker,
            heading=one.passage.heading,
            text=quoted(one.passage, one.sentence, MAX_PASSAGE // len(found)),
            link=page_link(one.passage.page, one.passage.anchor),
        )
        for one in found
    )  # fmt: skip
