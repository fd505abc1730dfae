"""The tables of the campaigns' database, and the steps by which an older one is brought up to them."""

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

migrations = Migrations("campaigns")

# What segments ask for, a row for each person: column -> its type. `features.py` makes them.
FEATURES = {
    "language": "TEXT NOT NULL DEFAULT ''", "orders": "INTEGER NOT NULL DEFAULT 0",
    "spent": "REAL NOT NULL DEFAULT 0", "first_order_at": "REAL", "last_order_at": "REAL",
    "known_since": "REAL", "seen_at": "REAL", "conversations": "INTEGER NOT NULL DEFAULT 0",
    "mood": "REAL", "upset": "INTEGER NOT NULL DEFAULT 0",
    "open_complaint": "INTEGER NOT NULL DEFAULT 0", "refused_at": "REAL", "cart_at": "REAL",
    "viewed_at": "REAL", "wished_at": "REAL", "carted_at": "REAL", "asked_at": "REAL",
    "recency": "INTEGER", "frequency": "INTEGER", "monetary": "INTEGER",
}  # fmt: skip


@migrations()
def m001_people(db: Database) -> None:
    """People, what joins conversations to them, what they did, what they agreed to, and features.

    `people.mark` is the keyed hash of an address under which surveys know a person, too
    (bot/surveys/links.py). A joined conversation that was parted stays, so that it isn't joined again.
    """
    features = ", ".join(f"{name} {kind}" for name, kind in FEATURES.items())
    for statement in (
        """CREATE TABLE people (
          id INTEGER PRIMARY KEY AUTOINCREMENT, mark TEXT NOT NULL UNIQUE, email TEXT NOT NULL,
          name TEXT, known_since REAL NOT NULL, proof TEXT NOT NULL,
          simulated INTEGER NOT NULL DEFAULT 0)""",
        """CREATE TABLE joins (
          conversation TEXT PRIMARY KEY, person INTEGER NOT NULL REFERENCES people (id)
          ON DELETE CASCADE, proof TEXT NOT NULL, since REAL NOT NULL, parted_at REAL) WITHOUT ROWID""",
        "CREATE INDEX joins_of_person ON joins (person)",
        """CREATE TABLE traits (
          kind TEXT NOT NULL, value TEXT NOT NULL, person INTEGER NOT NULL REFERENCES people (id)
          ON DELETE CASCADE, conversation TEXT NOT NULL, at REAL NOT NULL, n INTEGER NOT NULL,
          PRIMARY KEY (kind, value, person, conversation)) WITHOUT ROWID""",
        "CREATE INDEX traits_of_person ON traits (person)",
        "CREATE INDEX traits_of_conversation ON traits (conversation)",
        """CREATE TABLE purchases (
          person INTEGER NOT NULL REFERENCES people (id) ON DELETE CASCADE, key TEXT NOT NULL,
          at REAL NOT NULL, total REAL NOT NULL, delivered_at REAL, conversation TEXT NOT NULL,
          PRIMARY KEY (person, key)) WITHOUT ROWID""",
        "CREATE INDEX purchases_at ON purchases (at)",
        "CREATE INDEX purchases_of_conversation ON purchases (conversation)",
        """CREATE TABLE forgotten (
          person INTEGER NOT NULL REFERENCES people (id) ON DELETE CASCADE, kind TEXT NOT NULL,
          value TEXT NOT NULL, at REAL NOT NULL, PRIMARY KEY (person, kind, value)) WITHOUT ROWID""",
        """CREATE TABLE consents (
          id INTEGER PRIMARY KEY, person INTEGER NOT NULL REFERENCES people (id) ON DELETE CASCADE,
          purpose TEXT NOT NULL, channel TEXT NOT NULL, state TEXT NOT NULL, text TEXT NOT NULL,
          source TEXT NOT NULL, at REAL NOT NULL, proof TEXT)""",
        "CREATE INDEX consents_of_person ON consents (person)",
        """CREATE TABLE standing (
          purpose TEXT NOT NULL, channel TEXT NOT NULL, person INTEGER NOT NULL REFERENCES people (id)
          ON DELETE CASCADE, state TEXT NOT NULL, at REAL NOT NULL,
          PRIMARY KEY (purpose, channel, person)) WITHOUT ROWID""",
        "CREATE INDEX standing_of_person ON standing (person)",
        """CREATE TABLE suppressed (
          mark TEXT NOT NULL, channel TEXT NOT NULL, purpose TEXT NOT NULL, reason TEXT NOT NULL,
          at REAL NOT NULL, PRIMARY KEY (mark, channel, purpose)) WITHOUT ROWID""",
        f"""CREATE TABLE features (
          person INTEGER PRIMARY KEY REFERENCES people (id) ON DELETE CASCADE, simulated INTEGER
          NOT NULL DEFAULT 0, {features})""",
        "CREATE TABLE read_until (source TEXT PRIMARY KEY, at REAL NOT NULL) WITHOUT ROWID",
    ):
        db.conn.execute(statement)


@migrations()
def m002_mails(db: Database) -> None:
    """Mail campaigns and their texts; opt-ins to be confirmed; who is in which group; mails on their way.

    A mail's way: queued, claimed (by a sender that holds the lock), handing (its text goes to the mail
    server, which may have taken it), sent; or failed, dropped (not allowed any more), bounced.
    """
    for statement in (
        """CREATE TABLE campaigns (
          id TEXT PRIMARY KEY, status TEXT NOT NULL, file_hash TEXT, changed_at REAL NOT NULL)""",
        """CREATE TABLE versions (
          campaign_id TEXT NOT NULL REFERENCES campaigns (id), version INTEGER NOT NULL,
          source TEXT NOT NULL, created_at REAL NOT NULL, PRIMARY KEY (campaign_id, version))""",
        """CREATE TABLE pending (
          id INTEGER PRIMARY KEY AUTOINCREMENT, mark TEXT NOT NULL, email TEXT NOT NULL,
          purpose TEXT NOT NULL, text TEXT NOT NULL, source TEXT NOT NULL, at REAL NOT NULL)""",
        "CREATE INDEX pending_marks ON pending (mark)",
        """CREATE TABLE assigned (
          campaign TEXT NOT NULL, person INTEGER NOT NULL, arm TEXT NOT NULL, version INTEGER
          NOT NULL, at REAL NOT NULL, PRIMARY KEY (campaign, person)) WITHOUT ROWID""",
        "CREATE INDEX assigned_to ON assigned (person)",
        """CREATE TABLE outbox (
          id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, campaign TEXT NOT NULL,
          version INTEGER NOT NULL, variant TEXT NOT NULL, step TEXT NOT NULL, person INTEGER NOT NULL,
          state TEXT NOT NULL, message_id TEXT NOT NULL UNIQUE, due_at REAL NOT NULL,
          attempts INTEGER NOT NULL DEFAULT 0, changed_at REAL NOT NULL, sent_at REAL, fault TEXT,
          UNIQUE (kind, campaign, step, person))""",
        "CREATE INDEX outbox_due ON outbox (due_at) WHERE state = 'queued'",
        "CREATE INDEX outbox_in_doubt ON outbox (state) WHERE state IN ('claimed', 'handing')",
        "CREATE INDEX outbox_of_person ON outbox (person, sent_at)",
        """CREATE TABLE clicks (
          mail INTEGER NOT NULL, url TEXT NOT NULL, at REAL NOT NULL, n INTEGER NOT NULL,
          PRIMARY KEY (mail, url)) WITHOUT ROWID""",
    ):
        db.conn.execute(statement)


@migrations()
def m003_journeys(db: Database) -> None:
    """Who is in a journey: at which step, until when they wait, when they came in and on what."""
    db.conn.execute(
        """CREATE TABLE travellers (
          journey TEXT NOT NULL, person INTEGER NOT NULL, version INTEGER NOT NULL, step INTEGER
          NOT NULL, waited INTEGER NOT NULL, due_at REAL NOT NULL, entered_at REAL NOT NULL,
          happened_at REAL NOT NULL, state TEXT NOT NULL, PRIMARY KEY (journey, person)) WITHOUT ROWID"""
    )
    db.conn.execute("CREATE INDEX travellers_due ON travellers (journey, state, due_at)")
    db.conn.execute("CREATE INDEX travellers_by_person ON travellers (person)")


@migrations()
def m004_state_of_sources(db: Database) -> None:
    """How a file was when it was read last, so that it is read again only when it changed."""
    db.conn.execute("ALTER TABLE read_until ADD COLUMN state TEXT NOT NULL DEFAULT ''")


@migrations()
def m005_offers(db: Database) -> None:
    """Which offer was chosen for whom: from which (JSON, with the chance of each), by what was known."""
    db.conn.execute(
        """CREATE TABLE offered (
          id INTEGER PRIMARY KEY AUTOINCREMENT, person INTEGER NOT NULL REFERENCES people (id)
          ON DELETE CASCADE, offer TEXT NOT NULL, place TEXT NOT NULL, policy TEXT NOT NULL,
          shares TEXT NOT NULL, propensity REAL NOT NULL, known TEXT NOT NULL, context TEXT NOT NULL,
          at REAL NOT NULL, until REAL NOT NULL, cost REAL NOT NULL)"""
    )
    db.conn.execute("CREATE INDEX offered_to ON offered (person, until)")
    db.conn.execute("CREATE INDEX offered_what ON offered (offer, person)")


@migrations()
def m006_happenings(db: Database) -> None:
    """What happened to a product that somebody asked for or looked at; `cause` is the request, or the
    price. And the prices of the last look."""
    db.conn.execute(
        """CREATE TABLE happenings (
          person INTEGER NOT NULL REFERENCES people (id) ON DELETE CASCADE, kind TEXT NOT NULL,
          sku TEXT NOT NULL, cause TEXT NOT NULL, at REAL NOT NULL,
          PRIMARY KEY (person, kind, sku, cause)) WITHOUT ROWID"""
    )
    db.conn.execute("CREATE TABLE prices (sku TEXT PRIMARY KEY, price REAL NOT NULL) WITHOUT ROWID")


@migrations()
def m007_digests(db: Database) -> None:
    """How an order of the shop's records was when it was read, so that only what changed is read again."""
    db.conn.execute("ALTER TABLE purchases ADD COLUMN digest TEXT NOT NULL DEFAULT ''")
    db.conn.execute("CREATE INDEX purchases_by_key ON purchases (key)")
