"""The first steps of the transcripts' schema, from before their texts were sealed."""

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from bot.store.days import MESSAGES
from bot.transcripts.journeys import make_table
from bot.transcripts.views import make_views

transcripts = Migrations("transcripts")


@transcripts()
def m001_tables(db: Database) -> None:
    """Conversations, messages, products shown and clicked, actions taken."""
    db.table("conversations").create(
        {
            "id": str,
            "channel": str,
            "started_at": float,
            "last_at": float,
            "last_event_at": float,
            "handoff_requested_at": float,
            "handoff_reason": str,
        },
        pk="id",
    )
    db.table("messages").create(
        {
            "id": str,
            "conversation_id": str,
            "reply_to": str,
            "at": float,
            "sender": str,
            "text": str,
            "intent": str,
            "confidence": float,
            "entities": str,
            "sentiment": str,
            "sentiment_score": float,
            "latency_ms": float,
            "model_version": str,
            "buttons": str,
        },
        pk="id",
        foreign_keys=[("conversation_id", "conversations", "id")],
    )
    db.table("messages").create_index(["conversation_id", "at"])
    db.table("messages").create_index(["at"])
    db.table("products_shown").create(
        {"message_id": str, "position": int, "sku": str, "title": str, "price": str},
        pk=("message_id", "position"),
    )
    db.table("products_clicked").create(
        {"conversation_id": str, "sku": str, "at": float}, pk=("conversation_id", "sku", "at")
    )
    db.table("actions_taken").create(
        {
            "id": str,
            "conversation_id": str,
            "reply_to": str,
            "at": float,
            "name": str,
            "policy": str,
            "confidence": float,
        },
        pk="id",
    )
    db.table("actions_taken").create_index(["conversation_id", "at"])


@transcripts()
def m002_search(db: Database) -> None:
    """Full-text search over what was said, kept up to date by triggers."""
    db.table("messages").enable_fts(["text"], create_triggers=True, tokenize="porter")


@transcripts()
def m003_views(db: Database) -> None:
    """Readable views: times in UTC, one line a message or conversation."""
    make_views(db)


@transcripts()
def m004_requests(db: Database) -> None:
    """What customers asked staff to do: newsletter, stock alert, a copy or erasure of their data."""
    db.table("requests").create(
        {"conversation_id": str, "at": float, "kind": str, "email": str, "sku": str},
        pk=("conversation_id", "at", "kind"),
    )


@transcripts()
def m010_customer_events(db: Database) -> None:
    """What customers did apart from what they said: clicks, thumbs, ratings, pages, carts."""
    db.table("customer_events").create(
        {
            "id": str,
            "conversation_id": str,
            "at": float,
            "kind": str,
            "message_id": str,
            "sku": str,
            "quantity": int,
            "value": float,
            "text": str,
            "url": str,
        },
        pk="id",
    )
    db.table("customer_events").create_index(["conversation_id", "at"])
    db.table("customer_events").create_index(["kind", "at"])


@transcripts()
def m040_searches(db: Database) -> None:
    """What customers looked for and how well it was found; which product a message is about."""
    db.table("searches").create(
        {
            "id": str,
            "conversation_id": str,
            "reply_to": str,
            "at": float,
            "kind": str,  # search, more, or stock: "do you have it in …"
            "text": str,
            "category": str,
            "filters": str,  # JSON, as recommender.request.filters.Filters.to_dict()
            "relaxed": str,  # JSON: wishes that were given up
            "good": int,  # products shown that are what was asked
            "total": int,
            "sku": str,
        },
        pk="id",
    )
    db.table("searches").create_index(["at"])
    db.table("searches").create_index(["conversation_id"])
    db.table("searches").create_index(["reply_to"])
    db.table("products_meant").create(
        {"reply_to": str, "sku": str, "conversation_id": str, "at": float},
        pk=("reply_to", "sku"),
    )
    db.table("products_meant").create_index(["conversation_id"])


@transcripts()
def m041_research(db: Database) -> None:
    """What a search was for in few words, and indexes that hold all that market research counts."""
    db.table("searches").add_column("need", str)
    db.table("messages").create_index(
        [
            "at",
            "conversation_id",
            "intent",
            "sentiment",
            "sentiment_score",
            "model_version",
            "sender",
        ],
        index_name="messages_counted",
    )
    db.table("actions_taken").create_index(
        ["at", "conversation_id", "name"], index_name="actions_counted"
    )
    db.table("searches").create_index(
        ["at", "conversation_id", "need", "good", "category", "kind"], index_name="searches_counted"
    )
    db.table("conversations").create_index(["started_at"])


@transcripts()
def m042_titles(db: Database) -> None:
    """A product's title by its number, without reading every list that was shown."""
    db.table("products_shown").create_index(["sku", "title"])


@transcripts()
def m020_authors(db: Database) -> None:
    """The name of the staff member who wrote a message; the intents that came second."""
    db.table("messages").add_column("author", str)
    db.table("messages").add_column("runners_up", str)


@transcripts()
def m021_summaries(db: Database) -> None:
    """A row for each conversation with all that lists are sorted, filtered and counted by.

    It follows from the other tables; bot/transcripts/summaries.py keeps it.
    """
    db.table("summaries").create(
        {
            "number": int,
            "conversation_id": str,
            "started_at": float,
            "last_at": float,
            "last_customer_at": float,
            "messages": int,
            "first_text": str,
            "last_text": str,
            "last_sender": str,
            "sentiment": str,  # of the conversation as a whole
            "score": float,
            "trend": float,  # the second half's score minus the first half's
            "confidence": float,  # the lowest of a message
            "fallback": int,
            "handoff": int,
            "thumbs_down": int,
            "thumbs_up": int,
            "rating": float,
            "channel": str,
            "language": str,
            "generated": int,
        },
        pk="number",
        not_null={"conversation_id", "fallback", "handoff", "thumbs_down", "generated"},
        defaults={"fallback": 0, "handoff": 0, "thumbs_down": 0, "generated": 0},
    )
    db.table("summaries").create_index(["conversation_id"], unique=True)
    db.table("summaries").create_index(["last_at"])
    db.table("summaries").create_index(
        ["sentiment", "channel", "language", "fallback", "handoff", "thumbs_down", "generated"],
        index_name="summaries_facets",
    )
    db.execute(
        "CREATE TABLE conversation_facts (kind TEXT NOT NULL, value TEXT NOT NULL, "
        "number INTEGER NOT NULL, PRIMARY KEY (kind, value, number)) WITHOUT ROWID"
    )
    db.table("conversation_facts").create_index(["number", "kind", "value"])
    # One document a conversation: words of different messages are found together.
    db.execute("CREATE VIRTUAL TABLE conversation_fts USING fts5 (text, tokenize = 'porter')")


@transcripts()
def m022_unsure(db: Database) -> None:
    """What the assistant was unsure of, at hand for reviews."""
    db.execute(
        "CREATE INDEX messages_unsure ON messages (at) "
        "WHERE sender = 'customer' AND confidence < 0.5"
    )
    db.table("summaries").create_index(["trend"])


@transcripts()
def m023_narrow_summaries(db: Database) -> None:
    """Summaries without texts, so that counting reads little; all facets of a row in one value."""
    db.table("previews").create(
        {"number": int, "first_text": str, "last_text": str, "last_sender": str}, pk="number"
    )
    for column in ("first_text", "last_text", "last_sender"):
        db.execute(f"ALTER TABLE summaries DROP COLUMN {column}")
    db.table("summaries").add_column("facets", str)
    db.execute("DROP INDEX summaries_facets")
    db.table("summaries").create_index(["facets"])
    # The summaries themselves take minutes for a large shop: bot/transcripts/summaries.py makes them later.
    db.execute("CREATE TABLE unsummarised (place INTEGER PRIMARY KEY, conversation_id TEXT)")
    db.execute(
        "INSERT INTO unsummarised (conversation_id) SELECT id FROM conversations ORDER BY last_at"
    )


@transcripts()
def m043_journeys(db: Database) -> None:
    """What market research counts, a row for each conversation, and the messages of each day."""
    make_table(db)
    MESSAGES.make(db)


@transcripts()
def m044_counted_alone(db: Database) -> None:
    """When and to whom a product was shown, and how a customer felt who looked for something or
    meant a product: counted without reading the messages. Indexes in the order of the groups."""
    db.table("products_shown").add_column("conversation_id", str)
    db.table("products_shown").add_column("at", float)
    db.execute(
        "UPDATE products_shown SET (conversation_id, at) = (SELECT m.conversation_id, m.at "
        "FROM messages m WHERE m.id = products_shown.message_id)"
    )
    for table in ("searches", "products_meant"):
        db.table(table).add_column("sentiment", str)
        db.table(table).add_column("sentiment_score", float)
        db.execute(
            f"UPDATE {table} SET (sentiment, sentiment_score) = (SELECT m.sentiment, "
            f"m.sentiment_score FROM messages m WHERE m.id = {table}.reply_to)"
        )
    felt = ["at", "conversation_id", "sentiment_score"]
    db.table("products_shown").create_index(["sku", *felt[:2]], index_name="products_shown_counted")
    db.table("products_meant").create_index(["sku", "sentiment", *felt], index_name="products_felt")
    db.table("searches").create_index(
        ["category", "sentiment", *felt], index_name="categories_felt"
    )


@transcripts()
def m045_unsummarised(db: Database) -> None:
    """Conversations whose summaries are still to be made, oldest first."""
    db.execute(
        "CREATE TABLE IF NOT EXISTS unsummarised (place INTEGER PRIMARY KEY, conversation_id TEXT)"
    )


@transcripts()
def m046_facet_sets(db: Database) -> None:
    """What conversations count for, each set once with how many there are, kept by triggers."""
    run = db.conn.execute
    run(
        "CREATE TABLE facet_sets (id INTEGER PRIMARY KEY, marks TEXT NOT NULL UNIQUE, "
        "n INTEGER NOT NULL DEFAULT 0)"
    )
    run(
        "INSERT INTO facet_sets (marks, n) SELECT coalesce(facets, ''), count(*) FROM summaries "
        "GROUP BY 1"
    )
    run("ALTER TABLE summaries ADD COLUMN facet_set INTEGER")
    run(
        "UPDATE summaries SET facet_set = "
        "(SELECT id FROM facet_sets WHERE marks = coalesce(facets, ''))"
    )
    run("DROP INDEX idx_summaries_facets")
    run("ALTER TABLE summaries DROP COLUMN facets")
    for event, row, step in (("INSERT", "NEW", "+ 1"), ("DELETE", "OLD", "- 1")):
        run(
            f"CREATE TRIGGER summaries_counted_{event.lower()} AFTER {event} ON summaries BEGIN "
            f"UPDATE facet_sets SET n = n {step} WHERE id = {row}.facet_set; END"
        )
    for column in ("last_at", "confidence"):
        name = f"summaries_found_by_{column}"
        db.table("summaries").create_index(
            list(dict.fromkeys([column, "last_at", "facet_set"])), index_name=name
        )
