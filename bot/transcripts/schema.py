"""The schema of the transcripts, step by step; `first_schema` has the steps before these."""

from sqlite_utils import Database

from bot.intents import group, quoted
from bot.store.db import compact
from bot.transcripts import wishes
from bot.transcripts.first_schema import transcripts
from bot.transcripts.journeys import make_table


@transcripts()
def m050_sealed(db: Database) -> None:
    """Texts masked, what they were sealed beside them, marks to find addresses and numbers by."""
    from bot.transcripts import masking

    for table in ("messages", "requests", "customer_events"):
        db.table(table).add_column("original", str)
    db.execute(
        "CREATE TABLE marks (conversation_id TEXT NOT NULL, kind TEXT NOT NULL, "
        "mark TEXT NOT NULL, message_id TEXT NOT NULL, PRIMARY KEY (conversation_id, kind, mark, message_id)) "
        "WITHOUT ROWID"
    )
    db.table("marks").create_index(["mark"])
    db.table("marks").create_index(["message_id"])
    masking.mask_what_is_plain(db)


@transcripts(transactional=False)
def m051_nothing_plain_left(db: Database) -> None:
    """The file written anew, so that none of its free pages holds an original."""
    compact(db.conn)


@transcripts()
def m052_replies(db: Database) -> None:
    """A turn's rows found by the message that they answer: told again, they take each other's place."""
    for table in ("messages", "actions_taken"):
        db.table(table).create_index(["reply_to"])


@transcripts()
def m053_every_column_of_events(db: Database) -> None:
    """Article numbers and ids of messages masked where a customer's page put something else."""
    from bot.transcripts import masking

    masking.mask_events_again(db)


@transcripts()
def m054_wishes(db: Database) -> None:
    """What a search was, and when an unmet one was met after all; journeys by the order of what
    happened; feelings of messages that only ask for products aren't counted any more."""
    run = db.conn.execute
    run("ALTER TABLE searches ADD COLUMN met_at REAL")
    asks = quoted(group("unfelt"))
    run(
        "UPDATE products_meant SET sentiment = NULL, sentiment_score = NULL WHERE reply_to IN "
        f"(SELECT id FROM messages WHERE intent IN ({asks}))"
    )
    run("DROP INDEX IF EXISTS categories_felt")
    for column in ("sentiment", "sentiment_score"):
        run(f"ALTER TABLE searches DROP COLUMN {column}")
    run("CREATE INDEX categories_looked_for ON searches (category, at, conversation_id)")
    wishes.read_again(db)
    make_table(db)


@transcripts()
def m055_pressed(db: Database) -> None:
    """Which messages are a quick reply of ours that was pressed, and no words of a customer's."""
    db.conn.execute("ALTER TABLE messages ADD COLUMN pressed INTEGER")
    db.conn.execute(
        "UPDATE messages SET pressed = EXISTS (SELECT 1 FROM messages a, json_each(a.buttons) b "
        "WHERE a.conversation_id = messages.conversation_id AND a.sender = 'assistant' "
        "AND a.at <= messages.at AND a.buttons <> '' AND b.value = messages.text) "
        "WHERE sender = 'customer'"
    )


@transcripts()
def m056_languages(db: Database) -> None:
    """The language of a conversation, which earlier ones don't tell; the search over them takes no text
    for one word because it has no spaces, and folds all accents away."""
    from bot.transcripts import summaries

    run = db.conn.execute
    run("ALTER TABLE conversations ADD COLUMN language TEXT")
    summaries.make_later(db)
    run("DROP TABLE conversation_fts")
    run(
        "CREATE VIRTUAL TABLE conversation_fts USING fts5 "
        "(text, tokenize = 'porter unicode61 remove_diacritics 2')"
    )
