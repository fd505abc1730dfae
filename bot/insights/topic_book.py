"""Topics over time: new texts join known topics, what is left forms new ones, staff rename them."""

import json
import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from sqlite_utils import Database

from bot.errors import NotFound
from bot.insights.masking import quote
from bot.insights.scope import DAY, Scope, Source
from bot.insights.topics import centroids, cluster, nearest, words
from bot.intents import group
from bot.privacy import mask
from bot.statistics import Mean, adjusted, mean, more_than_before
from bot.store.days import STEPS

READ_DAYS = 120  # how far back texts are read
MOST = 100_000  # texts in one go
AGAIN = 20_000  # left-out texts that are read again, in case they have become a topic
FEWEST_WORDS = 3
RECENT_DAYS, CALM_DAYS = 7, 28  # emerging: the last week against the four before
RISEN, AT_LEAST = 1.5, 5
QUOTES = 3
NAMED_BY = 12  # typical texts of which one is the name
_WORD = re.compile(r"\w+")

Progress = Callable[[int, int], None]


class Encoder(Protocol):
    """What recommender.embedder.Embedder can do."""

    def encode(self, texts: Sequence[str], progress: Any = None) -> np.ndarray:
        """L2-normalised vectors, shape (n, dim)."""
        ...


@dataclass(frozen=True)
class Read:
    """A text that may have a topic; `text` is masked."""

    source: str
    id: str
    at: float
    conversation: str
    text: str
    score: float | None


@dataclass(frozen=True)
class Topic:
    """A topic in a span: how large, how it feels, whether it emerges (p corrected), and quotes."""

    id: int
    name: str
    given: str  # the name that staff gave it, if they did
    words: list[str]
    texts: int
    before: int
    sentiment: Mean
    emerging: bool
    p: float
    quotes: list[str]
    days: list[int]
    hidden: bool = False


@dataclass(frozen=True)
class Done:
    """What a reading did: texts read, of those in a topic, topics that are new."""

    read: int
    placed: int
    new: int


def update(
    database: Database,
    source: Source,
    embedder: Encoder,
    now: float = 0,
    progress: Progress | None = None,
    feedback: Iterable[Read] = (),
) -> Done:
    """Read the texts that weren't read before; a known topic keeps its number and its name."""
    now = now or time.time()
    texts = [*unread(source, now), *feedback][:MOST]
    if not texts:
        return Done(0, 0, 0)
    distinct = list(dict.fromkeys(one.text.lower() for one in texts))
    row = {text: i for i, text in enumerate(distinct)}
    unique = embedder.encode(distinct, progress)
    vectors = unique[[row[one.text.lower()] for one in texts]]
    ids, middles = _known(database)
    found, closeness = nearest(vectors, middles)
    topics = np.array([ids[i] if i >= 0 else 0 for i in found])
    left = np.flatnonzero(topics == 0)
    fresh = cluster(vectors[left]) if len(left) else np.array([], int)
    with database.atomic():
        if len(fresh) and fresh.max() >= 0:
            numbers = _add(database, fresh, vectors[left], [texts[i].text for i in left], now)
            inside = fresh >= 0
            middles_new = centroids(vectors[left][inside], fresh[inside])
            topics[left[inside]] = [numbers[label] for label in fresh[inside]]
            closeness[left[inside]] = np.einsum(
                "ij,ij->i", vectors[left][inside], middles_new[fresh[inside]]
            )
        database.conn.executemany(
            "INSERT INTO topic_texts (source, text_id, topic, closeness, at, conversation_id, "
            "sentiment_score) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE "
            "SET topic = excluded.topic, closeness = excluded.closeness",
            [
                (one.source, one.id, int(topic) or None, round(float(near), 4), one.at,
                 one.conversation, one.score)
                for one, topic, near in zip(texts, topics, closeness, strict=True)
            ],
        )  # fmt: skip
    new = int(fresh.max()) + 1 if len(fresh) else 0
    return Done(len(texts), int((topics > 0).sum()), new)


def unread(source: Source, now: float) -> list[Read]:
    """Customers' own messages of some words that were never read, then those that were left out."""
    columns = "m.id, m.at, m.conversation_id, m.text, m.sentiment_score"
    fresh = source.rows(
        f"""SELECT {columns} FROM messages m WHERE m.sender = 'customer' AND m.at >= ?
            AND coalesce(m.intent, '') NOT IN ({", ".join(f"'{one}'" for one in group("small_talk"))})
            AND NOT coalesce(m.pressed, 0) AND NOT EXISTS (SELECT 1 FROM insights.topic_texts t
              WHERE t.source = 'chat' AND t.text_id = m.id)
            ORDER BY m.at DESC LIMIT ?""",
        now - READ_DAYS * DAY,
        MOST,
    )
    if not fresh:
        return []
    again = source.rows(
        f"""SELECT {columns} FROM insights.topic_texts t JOIN messages m ON m.id = t.text_id
            WHERE t.source = 'chat' AND t.topic IS NULL AND NOT coalesce(m.pressed, 0)
              AND t.at >= ?
            ORDER BY t.at DESC LIMIT ?""",
        now - CALM_DAYS * DAY,
        AGAIN,
    )
    return [
        Read("chat", row["id"], row["at"], row["conversation_id"], text, row["sentiment_score"])
        for row in [*fresh, *again]
        for text in [" ".join(mask(row["text"] or "").split())[:400]]
        if len(text.split()) >= FEWEST_WORDS
    ]


def topics(
    source: Source,
    scope: Scope,
    kind: str = "chat",
    with_hidden: bool = False,
    quoted: int | None = None,
) -> list[Topic]:
    """The topics of a span, the largest first; merged ones count as what they were merged into.

    `quoted`: how many of the largest come with quotes; by default all.
    """
    first, end = source.days_of(scope)
    days = end - first
    rows = source.rows(
        f"""SELECT p.id, p.name, p.words, p.hidden, t.day, t.n, t.scored,
              t.total / {STEPS}.0 AS total, t.squares / {STEPS}.0 / {STEPS} AS squares
            FROM insights.topic_days t JOIN insights.topics k ON k.id = t.topic
            JOIN insights.topics p ON p.id = coalesce(k.merged_into, k.id)
            WHERE t.day >= ? AND t.day < ? AND t.source = ? AND t.simulated = ?
            {"" if with_hidden else "AND NOT p.hidden"}""",
        min(first - days, end - RECENT_DAYS - CALM_DAYS),
        end,
        kind,
        scope.simulated and kind == "chat",
    )
    grouped: dict[int, list[Any]] = {}
    for row in rows:
        grouped.setdefault(row["id"], []).append(row)
    risen = _emerging(grouped, end)
    shown = [
        topic
        for topic in (
            _counted(lines, first, end, *risen[number]) for number, lines in grouped.items()
        )
        # few answers to an anonymous survey could point at a person
        if topic.texts and (kind == "chat" or topic.texts >= AT_LEAST)
    ]
    shown.sort(key=lambda topic: (-topic.texts, topic.id))
    return [
        _told(source, scope, topic, kind, quoted is None or place < quoted)
        for place, topic in enumerate(shown)
    ]


def _counted(lines: list[Any], first: int, end: int, p: float, emerging: bool) -> Topic:
    """A topic from its days, of which those from `first` to before `end` are the span."""
    days = end - first
    inside = [line for line in lines if line["day"] >= first]
    daily = [0] * days
    for line in inside:
        daily[line["day"] - first] += line["n"]
    return Topic(
        id=lines[0]["id"],
        name=lines[0]["name"],
        given=lines[0]["name"],
        words=json.loads(lines[0]["words"]),
        texts=sum(daily),
        before=sum(line["n"] for line in lines if first - days <= line["day"] < first),
        sentiment=mean(
            *(sum(line[c] or 0 for line in inside) for c in ("scored", "total", "squares"))
        ),
        emerging=emerging,
        p=p,
        quotes=[],
        days=daily,
        hidden=bool(lines[0]["hidden"]),
    )


def _told(source: Source, scope: Scope, topic: Topic, kind: str, quoted: bool) -> Topic:
    """A topic with its quotes, and with a name."""
    quotes = _quotes(source, scope, topic.id, kind) if quoted or not topic.given else []
    name = topic.given or name_of(topic.words, quotes)
    return replace(topic, quotes=quotes[:QUOTES] if quoted else [], name=name)


def left_out(source: Source, scope: Scope) -> tuple[int, int]:
    """Of the chat texts that were read in a span: how many belong to no topic, and all."""
    row = source.rows(
        "SELECT coalesce(sum(CASE WHEN topic = 0 THEN n END), 0), coalesce(sum(n), 0) "
        "FROM insights.topic_days WHERE source = 'chat' AND day >= ? AND day < ? AND simulated = ?",
        *source.days_of(scope),
        scope.simulated,
    )[0]
    return row[0], row[1]


def name_of(topic_words: Sequence[str], quotes: Sequence[str] = ()) -> str:
    """What a topic is called until staff give it a name: of its typical texts, which say it better than
    words apart, the shortest of those in the words that others use, too; else its words.

    A word of one text alone may be a slip of the pen.
    """
    used = Counter(word for quote in quotes for word in set(_WORD.findall(quote.casefold())))

    def own_words(quote: str) -> int:
        return sum(used[word] == 1 for word in _WORD.findall(quote.casefold()))

    typical = min(quotes, key=lambda quote: (own_words(quote), len(quote)), default="")
    return f"“{typical}”" if typical else ", ".join(topic_words[:3]) or "no words"


def rename(database: Database, topic: int, name: str) -> None:
    """Give a topic a name; an empty one brings its words back. Raises NotFound."""
    _change(database, topic, name=name.strip()[:80])


def hide(database: Database, topic: int, hidden: bool = True) -> None:
    """Leave a topic out of the pages, or bring it back. Raises NotFound."""
    _change(database, topic, hidden=int(hidden))


def merge(database: Database, topic: int, into: int) -> None:
    """Count a topic, and all that was merged into it, as part of another. Raises NotFound."""
    target = next(iter(database["topics"].rows_where("id = ?", [into])), None)
    if target is None or topic == into:
        raise NotFound(f"There is no other topic {into} to merge into.")
    into = target["merged_into"] or into
    if into == topic:
        raise NotFound(f"Topic {target['id']} is already a part of topic {topic}.")
    _change(database, topic, merged_into=into)
    with database.atomic():
        database.execute("UPDATE topics SET merged_into = ? WHERE merged_into = ?", [into, topic])


def _change(database: Database, topic: int, **values: Any) -> None:
    if not database["topics"].count_where("id = ?", [topic]):
        raise NotFound(f"There is no topic {topic}.")
    with database.atomic():
        database.table("topics").update(topic, values)


def _known(database: Database) -> tuple[list[int], np.ndarray]:
    rows = list(database.query("SELECT id, centroid FROM topics ORDER BY id"))
    if not rows:
        return [], np.zeros((0, 1), np.float32)
    return [row["id"] for row in rows], np.stack(
        [np.frombuffer(row["centroid"], np.float32) for row in rows]
    )


def _add(
    database: Database, labels: np.ndarray, vectors: np.ndarray, texts: list[str], now: float
) -> list[int]:
    """Write new topics down; returns the number of each."""
    inside = labels >= 0
    middles = centroids(vectors[inside], labels[inside])
    numbers = []
    for middle, best in zip(middles, words(texts, labels), strict=True):
        row = {
            "words": json.dumps(best),
            "name": "",
            "centroid": middle.astype(np.float32).tobytes(),
            "created_at": now,
            "hidden": 0,
            "merged_into": None,
        }
        number = database.table("topics").insert(row).last_pk
        assert isinstance(number, int)  # the primary key of what was just written
        numbers.append(number)
    return numbers


def _emerging(grouped: dict[int, list[Any]], end: int) -> dict[int, tuple[float, bool]]:
    """Topic -> corrected p that it didn't grow, and whether it emerges; `end` is the day after."""
    start = end - RECENT_DAYS
    counts = {
        topic: (
            sum(line["n"] for line in lines if line["day"] >= start),
            sum(line["n"] for line in lines if start - CALM_DAYS <= line["day"] < start),
        )
        for topic, lines in grouped.items()
    }
    recent, before = (sum(pair[i] for pair in counts.values()) for i in (0, 1))
    p_values = adjusted([more_than_before(*pair, recent, before) for pair in counts.values()])
    return {
        topic: (
            p,
            p < 0.05 and new >= AT_LEAST and new * before >= RISEN * old * recent,
        )
        for (topic, (new, old)), p in zip(counts.items(), p_values, strict=True)
    }


def _quotes(source: Source, scope: Scope, topic: int, kind: str) -> list[str]:
    """The texts nearest to the middle of a topic, masked, each once."""
    table = "messages m ON m.id = t.text_id" if kind == "chat" else (
        "insights.feedback m ON m.source = t.source AND m.id = t.text_id"
    )  # fmt: skip
    rows = source.rows(
        f"""SELECT m.text FROM insights.topic_texts t JOIN {table}
            WHERE t.topic = ? AND t.source = ? AND t.at >= ? AND t.at < ?
            ORDER BY t.closeness DESC LIMIT 30""",
        topic,
        kind,
        *scope.values,
    )
    return list(dict.fromkeys(quote(row["text"], 110) for row in rows))[:NAMED_BY]
