"""Views of the transcripts that read well in any SQLite tool."""

from sqlite_utils import Database


def make_views(db: Database) -> None:
    """Times are in UTC; one line a message, conversation, intent of a day, or product."""
    time = "strftime('%Y-%m-%d %H:%M:%S', {}, 'unixepoch')"
    db.create_view(
        "transcript",
        f"""SELECT m.conversation_id AS conversation, {time.format("m.at")} AS time, m.sender,
            m.text, m.intent, round(m.confidence, 2) AS confidence, m.sentiment,
            round(m.sentiment_score, 2) AS score, round(m.latency_ms) AS latency_ms,
            (SELECT group_concat(title, ' · ') FROM products_shown WHERE message_id = m.id)
              AS products
            FROM messages m ORDER BY m.conversation_id, m.at, m.id""",
    )
    db.create_view(
        "conversation_summary",
        f"""SELECT c.id AS conversation, {time.format("c.started_at")} AS started,
            {time.format("c.last_at")} AS last_message, c.channel,
            count(m.id) AS messages,
            sum(m.sender = 'customer') AS from_customer,
            round(avg(m.sentiment_score), 2) AS sentiment,
            sum(m.sentiment = 'negative') AS unhappy_messages,
            c.handoff_requested_at IS NOT NULL AS wants_a_person,
            (SELECT text FROM messages f WHERE f.conversation_id = c.id
              AND f.sender = 'customer' ORDER BY f.at LIMIT 1) AS first_words
            FROM conversations c LEFT JOIN messages m ON m.conversation_id = c.id
            GROUP BY c.id ORDER BY c.last_at DESC""",
    )
    db.create_view(
        "intents_by_day",
        """SELECT date(at, 'unixepoch') AS day, intent, count(*) AS messages,
            round(avg(confidence), 2) AS confidence, round(avg(sentiment_score), 2) AS sentiment
            FROM messages WHERE sender = 'customer' GROUP BY day, intent
            ORDER BY day DESC, messages DESC""",
    )
    db.create_view(
        "products_recommended",
        """SELECT s.sku, max(s.title) AS title, count(*) AS times_shown,
            (SELECT count(*) FROM products_clicked k WHERE k.sku = s.sku) AS clicks
            FROM products_shown s GROUP BY s.sku ORDER BY times_shown DESC""",
    )
