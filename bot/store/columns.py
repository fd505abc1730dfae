"""Which columns of which database are sealed: the one place that knows it.

Whether a stored text is sealed is never told by the text: a customer may write what looks like a
sealed one. A column is always sealed, or is unless another column of its row, which no customer
fills, says otherwise. A test fails for a text column that is in neither map.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from bot.errors import StoreError
from bot.privacy.vault import Vault

PLAIN_EVENTS = ("action", "user_featurization", "session_started")  # events without any text


class Sealed(NamedTuple):
    """A sealed column. `key` is SQL that names a row in messages to the shop.

    The rows whose column `unless` has one of the values `plain` aren't sealed. NULL never is.
    """

    unless: str = ""
    plain: tuple[Any, ...] = ()
    key: str = "rowid"

    @property
    def condition(self) -> str:
        """SQL that holds for the rows in which the column is sealed."""
        values = ", ".join(map(repr, self.plain))
        return f"[{self.unless}] NOT IN ({values})" if self.unless else "1"

    def holds_for(self, row: Mapping[str, Any]) -> bool:
        """The same for a row."""
        return not self.unless or row[self.unless] not in self.plain


# (database, table, column) -> when it is sealed.
SEALED = {
    ("web", "events", "body"): Sealed(),
    ("web", "inbox", "turn"): Sealed(),
    ("web", "customer_events", "body"): Sealed(),
    ("web", "customers", "body"): Sealed(),
    ("web", "pictures", "content"): Sealed(),
    ("web", "erasures", "who"): Sealed(),
    ("transcripts", "messages", "original"): Sealed(),
    ("transcripts", "requests", "original"): Sealed(),
    ("transcripts", "customer_events", "original"): Sealed(),
    ("surveys", "answers", "value"): Sealed("sealed", (0,), "run_id || ' ' || question_id"),
    ("campaigns", "people", "email"): Sealed(key="id"),
    ("campaigns", "pending", "email"): Sealed(key="id"),
    ("campaigns", "people", "name"): Sealed(key="id"),
    ("campaigns", "consents", "proof"): Sealed(key="id"),
    ("staff", "notes", "text"): Sealed(),
    ("staff", "work", "reason"): Sealed(),
    ("staff", "work", "ticket_email"): Sealed(),
    ("staff", "requests", "order_number"): Sealed(key="reference"),
    ("staff", "requests", "email"): Sealed(key="reference"),
    ("staff", "requests", "detail"): Sealed(key="reference"),
    ("staff", "requests", "shop_reference"): Sealed(key="reference"),
    ("staff", "requests", "note"): Sealed(key="reference"),
    ("tracker", "events", "data"): Sealed("type_name", PLAIN_EVENTS),
}
# (database, table) -> its other columns that may hold text.
PLAIN = {
    ("web", "customer_events"): "id conversation kind",
    ("web", "customers"): "conversation",
    ("web", "erasures"): "mark receipt",
    ("web", "events"): "conversation message_id sender",
    ("web", "inbox"): "conversation message_id",
    ("web", "pictures"): "id conversation message_id",
    ("guard", "attacks"): "day kind",
    ("guard", "codes"): "holder email code",
    ("guard", "proofs"): "holder email",
    ("guard", "tries"): "scope mark what",
    ("transcripts", "actions_taken"): "id conversation_id reply_to name policy",
    ("transcripts", "clock"): "zone",
    ("transcripts", "conversation_facts"): "kind value",
    ("transcripts", "conversation_fts"): "text",
    ("transcripts", "conversations"): "id channel handoff_reason language",
    ("transcripts", "customer_events"): "id conversation_id kind message_id sku text url",
    ("transcripts", "facet_sets"): "marks",
    ("transcripts", "journeys"): "conversation_id ended",
    ("transcripts", "marks"): "conversation_id kind mark message_id",
    ("transcripts", "message_days"): "intent model_version sentiment",
    ("transcripts", "messages"): "id conversation_id reply_to sender text intent entities "
    "sentiment model_version buttons author runners_up",
    ("transcripts", "previews"): "first_text last_text last_sender",
    ("transcripts", "products_clicked"): "conversation_id sku",
    ("transcripts", "products_meant"): "reply_to sku conversation_id sentiment",
    ("transcripts", "products_shown"): "message_id sku title price conversation_id",
    ("transcripts", "requests"): "conversation_id kind email sku",
    ("transcripts", "searches"): "id conversation_id reply_to kind text category filters relaxed "
    "sku need",
    ("transcripts", "summaries"): "conversation_id sentiment channel language",
    ("transcripts", "unsummarised"): "conversation_id",
    ("surveys", "alerts"): "run_id question_id",
    ("surveys", "answers"): "run_id question_id sentiment",
    ("surveys", "asked"): "run_id question_id",
    ("surveys", "campaigns"): "id status file_hash",
    ("surveys", "contacts"): "person campaign_id",
    ("surveys", "runs"): "id campaign_id way person conversation_id segments",
    ("surveys", "unfelt"): "run_id question_id",
    ("surveys", "versions"): "campaign_id source",
    ("campaigns", "campaigns"): "id status file_hash",
    ("campaigns", "versions"): "campaign_id source",
    ("campaigns", "pending"): "mark purpose text source",
    ("campaigns", "travellers"): "journey state",
    ("campaigns", "assigned"): "campaign arm",
    ("campaigns", "outbox"): "kind campaign variant step state message_id fault",
    ("campaigns", "clicks"): "url",
    ("campaigns", "people"): "mark proof",
    ("campaigns", "joins"): "conversation proof",
    ("campaigns", "traits"): "kind value conversation",
    ("campaigns", "purchases"): "key conversation digest",
    ("campaigns", "forgotten"): "kind value",
    ("campaigns", "consents"): "purpose channel state text source",
    ("campaigns", "standing"): "purpose channel state",
    ("campaigns", "suppressed"): "mark channel purpose reason",
    ("campaigns", "features"): "language",
    ("campaigns", "read_until"): "source state",
    ("campaigns", "happenings"): "kind sku cause",
    ("campaigns", "prices"): "sku",
    ("campaigns", "offered"): "offer place policy shares known context",
    ("staff", "audit"): "login action object detail",
    ("staff", "canned"): "name text",
    ("staff", "handoffs"): "conversation",
    ("staff", "macros"): "name steps",
    ("staff", "mentions"): "",
    ("staff", "notes"): "conversation",
    ("staff", "request_marks"): "reference mark",
    ("staff", "requests"): "reference kind conversation message_id sku state",
    ("staff", "reviews"): "message_id conversation verdict found intent example",
    ("staff", "sessions"): "id",
    ("staff", "staff"): "login name role password",
    ("staff", "tags"): "conversation tag",
    ("staff", "views"): "name query",
    ("staff", "work"): "conversation status why",
    ("insights", "clock"): "zone",
    ("insights", "feedback"): "source id text sku sentiment",
    ("insights", "labels"): "message_id label by",
    ("insights", "need_groups"): "need name",
    ("insights", "topic_days"): "source topic",
    ("insights", "topic_texts"): "source text_id conversation_id",
    ("insights", "topics"): "words name centroid",
    ("orders", "orders"): "key digits order_number email name status placed_at items total "
    "currency carrier tracking expected_at delivered_at returned_at note imported_status placed",
    ("orders", "first_read"): "day",
    ("orders", "requests"): "order_key kind detail status_before made_at withdrawn_at",
    ("orders", "source"): "hash",
    ("tracker", "events"): "sender_id type_name intent_name action_name",
}
# What is JSON, and so an object in an export; of a customer's own text nothing is guessed.
JSON = {
    ("web", "events", "body"), ("web", "inbox", "turn"), ("web", "customer_events", "body"),
    ("web", "customers", "body"), ("web", "erasures", "who"), ("tracker", "events", "data"),
    ("transcripts", "messages", "entities"), ("transcripts", "messages", "buttons"),
    ("transcripts", "messages", "runners_up"), ("transcripts", "searches", "filters"),
    ("transcripts", "searches", "relaxed"), ("surveys", "answers", "value"),
    ("surveys", "runs", "segments"), ("campaigns", "consents", "proof"),
}  # fmt: skip


def sealed_column(database: str, table: str, column: str) -> Sealed | None:
    """When a column is sealed; None for one that is plain.

    Raises StoreError for a column of which nobody has said it.
    """
    rule = SEALED.get((database, table, column))
    if rule is None and column not in PLAIN.get((database, table), "").split():
        raise StoreError(f"{database}.db: nobody said whether {table}.{column} is sealed.")
    return rule


def read(vault: Vault, place: tuple[str, str, str], row: Mapping[str, Any]) -> Any:
    """What a stored column says, (database, table, column), in a row that has all it depends on.

    Raises LostKey for a sealed one that no key opens, and StoreError as `sealed_column`.
    """
    rule, value = sealed_column(*place), row[place[2]]
    if rule is None or value is None or not rule.holds_for(row):
        return value
    return vault.open(value)


def clear(database: str, table: str, column: str) -> str:
    """SQL for what a stored column says, on a connection of `bot.custody.holdings.opened`.

    Where no key opens it, that is NULL, and the row is told of there. Raises StoreError as
    `sealed_column`.
    """
    rule = sealed_column(database, table, column)
    if rule is None:
        return f"[{column}]"
    read = f"reading('{table}', {rule.key}, [{column}])"
    return f"CASE WHEN {rule.condition} THEN {read} ELSE [{column}] END" if rule.unless else read
