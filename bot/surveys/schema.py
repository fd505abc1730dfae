"""The tables of the surveys' database, and the steps by which an older one is brought up to them."""

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from bot.privacy.vault import teach
from bot.store.db import compact

migrations = Migrations("surveys")


@migrations()
def m030_tables(db: Database) -> None:
    """Campaigns, versions, runs, questions asked, answers, contacts, alerts."""
    for statement in (
        """CREATE TABLE campaigns (
          id TEXT PRIMARY KEY, status TEXT NOT NULL, file_hash TEXT, changed_at REAL NOT NULL)""",
        """CREATE TABLE versions (
          campaign_id TEXT NOT NULL REFERENCES campaigns (id), version INTEGER NOT NULL,
          source TEXT NOT NULL, created_at REAL NOT NULL, PRIMARY KEY (campaign_id, version))""",
        """CREATE TABLE runs (
          id TEXT PRIMARY KEY, campaign_id TEXT NOT NULL REFERENCES campaigns (id),
          version INTEGER NOT NULL, way TEXT NOT NULL, person TEXT, conversation_id TEXT,
          segments TEXT NOT NULL, shown_at REAL, started_at REAL, dismissed_at REAL,
          completed_at REAL, seconds REAL, over_quota INTEGER NOT NULL DEFAULT 0,
          anonymous INTEGER NOT NULL DEFAULT 0, simulated INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID""",
        "CREATE INDEX runs_of_campaign ON runs (campaign_id, completed_at)",
        "CREATE INDEX runs_of_conversation ON runs (conversation_id)",
        """CREATE TABLE asked (
          run_id TEXT NOT NULL REFERENCES runs (id), question_id TEXT NOT NULL, at REAL NOT NULL,
          PRIMARY KEY (run_id, question_id)) WITHOUT ROWID""",
        """CREATE TABLE answers (
          run_id TEXT NOT NULL REFERENCES runs (id), question_id TEXT NOT NULL, value TEXT NOT NULL,
          at REAL NOT NULL, sentiment TEXT, sentiment_score REAL,
          PRIMARY KEY (run_id, question_id)) WITHOUT ROWID""",
        """CREATE TABLE contacts (
          person TEXT NOT NULL, campaign_id TEXT NOT NULL, at REAL NOT NULL,
          never INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (person, campaign_id, at)) WITHOUT ROWID""",
        "CREATE INDEX contacts_of_campaign ON contacts (campaign_id)",
        """CREATE TABLE alerts (
          run_id TEXT NOT NULL REFERENCES runs (id), question_id TEXT NOT NULL, value REAL NOT NULL,
          at REAL NOT NULL, seen_at REAL, PRIMARY KEY (run_id, question_id))""",
    ):
        db.conn.execute(statement)


@migrations()
def m050_sealed(db: Database) -> None:
    """Answers that may be in people's own words are sealed."""
    teach(db.conn)
    db.conn.execute(
        "UPDATE answers SET value = seal(value) WHERE substr(value, 1, 1) IN ('\"', '[')"
    )


@migrations(transactional=False)
def m051_nothing_plain_left(db: Database) -> None:
    """The file written anew, so that none of its free pages holds what was plain."""
    compact(db.conn)


@migrations()
def m052_unfelt(db: Database) -> None:
    """Open answers whose sentiment is still to be read."""
    db.conn.execute(
        "CREATE TABLE unfelt (run_id TEXT NOT NULL, question_id TEXT NOT NULL, "
        "PRIMARY KEY (run_id, question_id)) WITHOUT ROWID"
    )


@migrations()
def m053_which_are_sealed(db: Database) -> None:
    """Beside each answer whether it is sealed: JSON isn't, and a person's words are inside of it."""
    db.conn.execute("ALTER TABLE answers ADD COLUMN sealed INTEGER NOT NULL DEFAULT 0")
    plain = "json_valid(value) OR value IN ('NaN', 'Infinity', '-Infinity')"  # as Python writes it
    db.conn.execute(f"UPDATE answers SET sealed = NOT ({plain})")


@migrations()
def m054_batches(db: Database) -> None:
    """Which answers of anonymous surveys were let out together."""
    db.conn.execute("ALTER TABLE answers ADD COLUMN batch INTEGER")
