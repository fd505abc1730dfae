"""Masked rows with their originals: the masked text is plain, what it said is sealed beside it.

A row keeps in its column `original` the sealed JSON of those of its columns that masking changed.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache, partial
from typing import Any, NamedTuple

from sqlite_utils import Database

from bot.privacy import find, mask
from bot.privacy.finding import LONGEST, mask_found
from bot.privacy.plain import plain
from bot.privacy.staff import mask_for_anyone
from bot.privacy.vault import LostKey, Vault, vault_of
from bot.transcripts import summaries

PERSONAL_ENTITIES = {"email": "[email]", "order_number": "[number]"}
FINDABLE = ("email", "number", "phone")  # kinds by which staff look for conversations
ARTICLES = ("number", "phone", "address", "ip")  # kinds that an article number may look like
LONGEST_GTIN = 14  # digits of an article number that is the same in all shops
_ARTICLE = re.compile(r"[\w./-]{1,64}")
# Ids of messages begin with a random one, whose digits may look like anything.
_MESSAGE_ID = re.compile(
    r"[a-z-]{0,16}[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}[\w:.-]{0,120}", re.I
)
_WORDS = re.compile(r"[^\W_]+")
_PREFIX_APART = re.compile(r"\s*([a-z]{1,4}) (\d{3,})\s*", re.I)  # "hf 10222"
_found = lru_cache(maxsize=64)(find)  # a message is masked, and then looked through for marks


def conceal(vault: Vault, row: Mapping[str, Any], **masks: Callable[[Any], Any]) -> dict[str, Any]:
    """The row with some columns masked, and `original`: what they were, sealed; None if nothing."""
    masked = {name: apply(row[name]) for name, apply in masks.items() if row.get(name)}
    changed = {name: row[name] for name, text in masked.items() if text != row[name]}
    original = vault.seal(json.dumps(changed, ensure_ascii=False)) if changed else None
    return {**row, **masked, "original": original}


def reveal(vault: Vault, row: Mapping[str, Any]) -> dict[str, Any]:
    """The row as it was before it was masked. Raises LostKey."""
    kept = row["original"]
    return {**row, **(json.loads(vault.open(kept)) if kept else {}), "original": None}


def mask_person(text: str, entities: Iterable[Mapping[str, Any]] = ()) -> str:
    """What a person wrote, as it is stored: also without the order numbers that NLU found in it."""
    text = mask_found(text[:LONGEST], _found(text))
    for one in entities:
        hidden = PERSONAL_ENTITIES.get(one["entity"])
        if hidden and isinstance(one["value"], str) and one["value"] not in hidden:
            text = re.sub(rf"(?<!\w){re.escape(one['value'])}(?!\w)", hidden, text, flags=re.I)
    return text


@lru_cache(maxsize=2000)  # the assistant says many things again and again
def mask_shop(text: str) -> str:
    """What the assistant said, as it is stored: names are those of products and of staff."""
    return mask_for_anyone(text, by_customer=False)


def mask_entities(text: str) -> str:
    """Entities as JSON, the values of personal ones masked."""
    found = json.loads(text)
    if not isinstance(found, list):
        return mask(text)
    return json.dumps([{**one, "value": _mask_value(one)} for one in found], ensure_ascii=False)


def mask_titles(text: str) -> str:
    """The titles of quick replies, a JSON list, masked."""
    found = json.loads(text)
    if not isinstance(found, list):
        return mask_shop(text)
    return json.dumps([mask_shop(str(one)) for one in found], ensure_ascii=False)


def mask_address(url: str) -> str:
    """The address of a page without what follows a ? or #, which may be a person's key."""
    return mask(re.split("[?#]", url)[0])


def mask_article(sku: str) -> str:
    """An article number as it is; masked where it is something else, or an account or a card.

    A telephone's number without a space or a plus passes for an article's.
    """
    if not _ARTICLE.fullmatch(sku):
        return mask_person(sku)
    digits = sum(map(str.isdigit, sku))
    return mask(sku, keep=ARTICLES if digits > LONGEST_GTIN else (*ARTICLES, "card"))


def mask_articles(text: str) -> str:
    """What was bought, a JSON list of article numbers."""
    found = json.loads(text)
    if not isinstance(found, list):
        return mask_person(text)
    return json.dumps([mask_article(str(one)) for one in found], ensure_ascii=False)


def mask_message_id(text: str) -> str:
    """The id of a message, masked if it is none."""
    return text if _MESSAGE_ID.fullmatch(text) else mask_person(text)


def marks_in(
    vault: Vault, text: str, entities: Iterable[Mapping[str, Any]] = ()
) -> set[tuple[str, str]]:
    """(kind, mark) of the addresses and numbers in a text, by which its conversation is found."""
    pieces = [(kind, text[start:end]) for kind, start, end in _found(text)]
    pieces += [
        (PERSONAL_ENTITIES[one["entity"]][1:-1], str(one["value"]))
        for one in entities
        if one["entity"] in PERSONAL_ENTITIES
    ]
    return {
        (kind, vault.mark(form))
        for kind, piece in pieces
        if kind in FINDABLE
        for form in _forms(kind, piece)
    }


class Terms(NamedTuple):
    """What staff look for: words; for each address or number the marks that it may have; and plain
    numbers with their marks, which are words, an order's number, or a price."""

    words: str
    marks: list[set[str]]
    numbers: dict[str, set[str]]

    @property
    def as_said(self) -> str:
        """The words and numbers, as they would stand in a text."""
        return " ".join(filter(None, (self.words, *self.numbers)))


def search_terms(vault: Vault, text: str) -> Terms:
    """A text that staff look for, taken apart."""
    if apart := _PREFIX_APART.fullmatch(text):
        forms = _forms("number", "".join(apart.groups()))
        return Terms("", [{vault.mark(form) for form in forms}], {})
    found = [one for one in find(text) if one.kind in FINDABLE]
    marks = [
        {vault.mark(form) for form in _forms(kind, text[start:end])} for kind, start, end in found
    ]
    rest = mask_found(text, found, " ")
    numbers = {}
    for word in _WORDS.findall(rest):
        if len(word) >= 3 and word.isdigit():  # a short order number looks like any other
            numbers[word] = {vault.mark(word)}
            rest = re.sub(rf"(?<!\w){word}(?!\w)", " ", rest)
    return Terms(rest.strip(), marks, numbers)


def _mask_value(one: Mapping[str, Any]) -> Any:
    value = one["value"]
    if one["entity"] in PERSONAL_ENTITIES:
        return PERSONAL_ENTITIES[one["entity"]]
    return mask(value) if isinstance(value, str) else value


def _forms(kind: str, piece: str) -> Iterator[str]:
    """An address in lower case; a number without what is between its digits, and its digits."""
    if kind == "email":
        yield piece.lower()
        return
    piece = plain(piece).text
    yield "".join(_WORDS.findall(piece)).upper()
    digits = re.sub(r"\D", "", piece)
    if len(digits) >= 3:
        yield digits


def entities_of(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The entities of a message's row."""
    found = json.loads(row.get("entities") or "[]")
    return found if isinstance(found, list) else []


def message(vault: Vault, row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of `messages` as it is stored."""
    if row["sender"] == "staff":
        return conceal(vault, row, text=mask_person)  # they call customers by their names
    if row["sender"] != "customer":
        return conceal(vault, row, text=mask_shop, buttons=mask_titles)
    entities = entities_of(row)
    hide = partial(mask_person, entities=entities)
    return conceal(vault, row, text=hide, entities=mask_entities)


def request(vault: Vault, row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of `requests` as it is stored."""
    return conceal(vault, row, email=lambda email: "[email]")


def customer_event(vault: Vault, row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of `customer_events` as it is stored: a customer's page may fill each of its columns."""
    text = mask_articles if row["kind"] == "purchase" else mask_person
    return conceal(
        vault, row, url=mask_address, text=text, sku=mask_article, message_id=mask_message_id
    )


def mask_events_again(db: Database) -> None:
    """Mask the columns of events that an earlier version left plain. The caller holds the transaction."""
    vault = vault_of(db.conn)
    for row in list(db.query("SELECT * FROM customer_events WHERE original IS NULL")):
        fresh = customer_event(vault, row)
        if fresh["original"]:
            db.table("customer_events").update(row["id"], fresh)


def mask_what_is_plain(db: Database) -> None:
    """Mask what an earlier version wrote into transcripts. The caller holds the transaction."""
    vault = vault_of(db.conn)
    for table, masked in (
        ("messages", message),
        ("requests", request),
        ("customer_events", customer_event),
    ):
        for row in list(db.query(f"SELECT rowid AS number, * FROM [{table}]")):
            number = row.pop("number")
            fresh = masked(vault, row)
            changed = {name: fresh[name] for name in fresh if fresh[name] != row[name]}
            if changed:
                columns = ", ".join(f"[{name}] = ?" for name in changed)
                values = [*changed.values(), number]
                db.conn.execute(f"UPDATE [{table}] SET {columns} WHERE rowid = ?", values)
    for table, columns in (
        ("searches", ("need", "text")),
        ("conversations", ("handoff_reason",)),
    ):
        for column in columns:
            rows = db.execute(f"SELECT rowid, [{column}] FROM [{table}]").fetchall()
            db.conn.executemany(
                f"UPDATE [{table}] SET [{column}] = ? WHERE rowid = ?",
                [(mask_person(text), number) for number, text in rows if text],
            )
    mark_all(db)
    summaries.make_later(db)


def add_marks(db: Database, row: Mapping[str, Any]) -> None:
    """The marks of a message, from its row with the original texts."""
    if row["sender"] != "customer":
        return
    marks = marks_in(vault_of(db.conn), row["text"] or "", entities_of(row))
    db.conn.executemany(
        "INSERT OR IGNORE INTO marks (conversation_id, kind, mark, message_id) VALUES (?, ?, ?, ?)",
        [(row["conversation_id"], *one, row["id"]) for one in sorted(marks)],
    )


def mark_all(db: Database) -> None:
    """Make all marks anew, apart from those of messages that no key opens.

    The caller holds the transaction, and tells of what can't be opened.
    """
    vault = vault_of(db.conn)
    db.conn.execute("DELETE FROM marks")
    # Where nothing was masked there is nobody to find.
    for row in list(db.query("SELECT * FROM messages WHERE original IS NOT NULL")):
        try:
            add_marks(db, reveal(vault, row))
        except LostKey:
            continue  # nobody can read what was in it, and so nobody looks for it
