-- The hub's storage, version 1. The record types in server/src/storage/records.rs say what the columns mean.

-- One row: what belongs to the hub as a whole.
CREATE TABLE hub (
    one    INTEGER PRIMARY KEY CHECK (one = 1),
    rules  INTEGER NOT NULL,
    moment INTEGER NOT NULL
) STRICT;

INSERT INTO hub (one, rules, moment) VALUES (1, 1, 0);

-- The row every commit to a book updates: it gives feed and ledger numbers.
CREATE TABLE books (
    id            BLOB    NOT NULL PRIMARY KEY,
    name          TEXT    NOT NULL,
    owner         TEXT,
    epoch         INTEGER NOT NULL,
    seq           INTEGER NOT NULL,
    chain         BLOB    NOT NULL,
    digest        BLOB    NOT NULL,
    ledger_number INTEGER NOT NULL,
    ledger_chain  BLOB    NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX books_by_owner ON books (owner);

INSERT INTO books (id, name, owner, epoch, seq, chain, digest, ledger_number, ledger_chain)
VALUES (zeroblob(16), 'Shared', NULL, 1, 0, zeroblob(32), zeroblob(16), 0, zeroblob(32));

-- Newest states: a cache of what the feeds say. Rows are large, so they are kept out of the tree of keys.
CREATE TABLE documents (
    id                   BLOB    NOT NULL UNIQUE,
    kind                 INTEGER NOT NULL,
    book                 BLOB    NOT NULL,
    lineage              INTEGER NOT NULL,
    version              INTEGER NOT NULL,
    last_seq             INTEGER NOT NULL,
    joined_seq           INTEGER NOT NULL,
    heads                BLOB    NOT NULL,
    actors               BLOB    NOT NULL,
    created_on           TEXT    NOT NULL,
    judged_on            TEXT    NOT NULL,
    imported             INTEGER NOT NULL,
    selling_rep          TEXT,
    counted_product      TEXT,
    counted_premium_won  INTEGER,
    counted_payment_mode TEXT,
    counted_sale_date    TEXT,
    counted_withdrawn_on TEXT,
    counted_rep          TEXT,
    counted_branch       TEXT,
    counted_region       TEXT,
    saved                BLOB    NOT NULL
) STRICT;

CREATE INDEX documents_by_use ON documents (book, last_seq);
CREATE INDEX documents_by_book ON documents (book, id);

-- The feeds. `body` is the number of the kind of entry; `chained` is the hash the chain covers besides
-- number and document; `payload` is a change, a snapshot, or nothing.
CREATE TABLE feed (
    book       BLOB    NOT NULL,
    seq        INTEGER NOT NULL,
    document   BLOB    NOT NULL,
    lineage    INTEGER NOT NULL,
    arrived_ms INTEGER NOT NULL,
    chain      BLOB    NOT NULL,
    body       INTEGER NOT NULL,
    chained    BLOB    NOT NULL,
    actor      BLOB,
    kind       INTEGER,
    payload    BLOB,
    PRIMARY KEY (book, seq)
) STRICT, WITHOUT ROWID;

-- Unsent edits that were authored again, and the change in history that stands for each.
CREATE TABLE replacements (
    document BLOB NOT NULL,
    replaced BLOB NOT NULL,
    by       BLOB NOT NULL,
    PRIMARY KEY (document, replaced)
) STRICT, WITHOUT ROWID;

CREATE TABLE streams (
    actor      BLOB    NOT NULL PRIMARY KEY,
    device     BLOB    NOT NULL,
    account    TEXT    NOT NULL,
    generation INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Sales entries. `moment` is NULL while an entry is pending; nothing else of a row ever changes.
CREATE TABLE ledger (
    book       BLOB    NOT NULL,
    number     INTEGER NOT NULL,
    document   BLOB    NOT NULL,
    day        TEXT    NOT NULL,
    region     TEXT    NOT NULL,
    branch     TEXT    NOT NULL,
    rep        TEXT    NOT NULL,
    product    TEXT    NOT NULL,
    measure    INTEGER NOT NULL,
    count      INTEGER NOT NULL,
    won        INTEGER NOT NULL,
    arrived_ms INTEGER NOT NULL,
    cause_seq  INTEGER NOT NULL,
    rules      INTEGER NOT NULL,
    chain      BLOB    NOT NULL,
    moment     INTEGER,
    PRIMARY KEY (book, number)
) STRICT, WITHOUT ROWID;

-- Pending entries in the order the folder takes them, with all that queries and the folder read.
CREATE INDEX ledger_pending
    ON ledger (arrived_ms, book, number, day, region, branch, rep, product, measure, count, won)
    WHERE moment IS NULL;

-- Sums of folded entries, per level; codes below a row's level are empty.
CREATE TABLE cells (
    level                 INTEGER NOT NULL,
    region                TEXT    NOT NULL,
    branch                TEXT    NOT NULL,
    rep                   TEXT    NOT NULL,
    day                   TEXT    NOT NULL,
    product               TEXT    NOT NULL,
    sold                  INTEGER NOT NULL,
    withdrawn             INTEGER NOT NULL,
    premium_gross_won     INTEGER NOT NULL,
    premium_withdrawn_won INTEGER NOT NULL,
    PRIMARY KEY (level, region, branch, rep, day, product)
) STRICT, WITHOUT ROWID;

-- The units cells exist for: a query seeks the days it wants unit by unit, and reads nothing else.
CREATE TABLE cell_units (
    level  INTEGER NOT NULL,
    region TEXT    NOT NULL,
    branch TEXT    NOT NULL,
    rep    TEXT    NOT NULL,
    PRIMARY KEY (level, region, branch, rep)
) STRICT, WITHOUT ROWID;

CREATE TABLE accounts (
    name          TEXT    NOT NULL PRIMARY KEY,
    role          TEXT    NOT NULL,
    unit          TEXT    NOT NULL,
    password_hash TEXT    NOT NULL,
    disabled      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE devices (
    id            BLOB    NOT NULL PRIMARY KEY,
    account       TEXT    NOT NULL,
    name          TEXT    NOT NULL,
    registered_ms INTEGER NOT NULL,
    last_seen_ms  INTEGER NOT NULL,
    revoked       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Hashes of refresh tokens: one line per device.
CREATE TABLE sessions (
    device     BLOB    NOT NULL PRIMARY KEY,
    current    BLOB    NOT NULL,
    previous   BLOB,
    expires_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Units by span of days; a unit's spans are replaced together.
CREATE TABLE units (
    code     TEXT NOT NULL,
    from_day TEXT,
    to_day   TEXT,
    level    TEXT NOT NULL,
    name     TEXT NOT NULL,
    parent   TEXT NOT NULL
) STRICT;

CREATE INDEX units_by_code ON units (code);
