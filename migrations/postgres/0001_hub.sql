-- The hub's storage, version 1. The record types in server/src/storage/records.rs say what the columns mean.
-- Text compares byte by byte (COLLATE "C"), as it does in the other engine and in the hub.

-- One row: what belongs to the hub as a whole. No commit writes it but those that change the rules.
CREATE TABLE hub (
    one    BIGINT NOT NULL PRIMARY KEY CHECK (one = 1),
    rules  BIGINT NOT NULL,
    moment BIGINT NOT NULL
);

INSERT INTO hub (one, rules, moment) VALUES (1, 1, 0);

-- The row every commit to a book updates: it gives feed and ledger numbers. Room is left in each page,
-- so that a new version of a row stands beside the old one and no index is touched.
CREATE TABLE books (
    id            BYTEA            NOT NULL PRIMARY KEY,
    name          TEXT COLLATE "C" NOT NULL,
    owner         TEXT COLLATE "C",
    epoch         BIGINT           NOT NULL,
    seq           BIGINT           NOT NULL,
    chain         BYTEA            NOT NULL,
    digest        BYTEA            NOT NULL,
    ledger_number BIGINT           NOT NULL,
    ledger_chain  BYTEA            NOT NULL
) WITH (fillfactor = 50);

CREATE INDEX books_by_owner ON books (owner);

INSERT INTO books (id, name, owner, epoch, seq, chain, digest, ledger_number, ledger_chain)
VALUES (decode(repeat('00', 16), 'hex'), 'Shared', NULL, 1, 0, decode(repeat('00', 32), 'hex'),
        decode(repeat('00', 16), 'hex'), 0, decode(repeat('00', 32), 'hex'));

-- Newest states: a cache of what the feeds say.
CREATE TABLE documents (
    id                   BYTEA            NOT NULL PRIMARY KEY,
    kind                 BIGINT           NOT NULL,
    book                 BYTEA            NOT NULL,
    lineage              BIGINT           NOT NULL,
    version              BIGINT           NOT NULL,
    last_seq             BIGINT           NOT NULL,
    joined_seq           BIGINT           NOT NULL,
    heads                BYTEA            NOT NULL,
    actors               BYTEA            NOT NULL,
    created_on           TEXT COLLATE "C" NOT NULL,
    judged_on            TEXT COLLATE "C" NOT NULL,
    imported             BOOLEAN          NOT NULL,
    selling_rep          TEXT COLLATE "C",
    counted_product      TEXT COLLATE "C",
    counted_premium_won  BIGINT,
    counted_payment_mode TEXT COLLATE "C",
    counted_sale_date    TEXT COLLATE "C",
    counted_withdrawn_on TEXT COLLATE "C",
    counted_rep          TEXT COLLATE "C",
    counted_branch       TEXT COLLATE "C",
    counted_region       TEXT COLLATE "C",
    saved                BYTEA            NOT NULL
);

-- Compressed already.
ALTER TABLE documents ALTER COLUMN saved SET STORAGE EXTERNAL;

CREATE INDEX documents_by_use ON documents (book, last_seq);
CREATE INDEX documents_by_book ON documents (book, id);

-- The feeds. `body` is the number of the kind of entry; `chained` is the hash the chain covers besides
-- number and document; `payload` is a change, a snapshot, or nothing.
CREATE TABLE feed (
    book       BYTEA  NOT NULL,
    seq        BIGINT NOT NULL,
    document   BYTEA  NOT NULL,
    lineage    BIGINT NOT NULL,
    arrived_ms BIGINT NOT NULL,
    chain      BYTEA  NOT NULL,
    body       BIGINT NOT NULL,
    chained    BYTEA  NOT NULL,
    actor      BYTEA,
    kind       BIGINT,
    payload    BYTEA,
    PRIMARY KEY (book, seq)
);

ALTER TABLE feed ALTER COLUMN payload SET STORAGE EXTERNAL;

-- Unsent edits that were authored again, and the change in history that stands for each.
CREATE TABLE replacements (
    document BYTEA NOT NULL,
    replaced BYTEA NOT NULL,
    by       BYTEA NOT NULL,
    PRIMARY KEY (document, replaced)
);

CREATE TABLE streams (
    actor      BYTEA            NOT NULL PRIMARY KEY,
    device     BYTEA            NOT NULL,
    account    TEXT COLLATE "C" NOT NULL,
    generation BIGINT           NOT NULL
);

-- Sales entries. `moment` is NULL while an entry is pending; nothing else of a row ever changes.
CREATE TABLE ledger (
    book       BYTEA            NOT NULL,
    number     BIGINT           NOT NULL,
    document   BYTEA            NOT NULL,
    day        TEXT COLLATE "C" NOT NULL,
    region     TEXT COLLATE "C" NOT NULL,
    branch     TEXT COLLATE "C" NOT NULL,
    rep        TEXT COLLATE "C" NOT NULL,
    product    TEXT COLLATE "C" NOT NULL,
    measure    BIGINT           NOT NULL,
    count      BIGINT           NOT NULL,
    won        BIGINT           NOT NULL,
    arrived_ms BIGINT           NOT NULL,
    cause_seq  BIGINT           NOT NULL,
    rules      BIGINT           NOT NULL,
    chain      BYTEA            NOT NULL,
    moment     BIGINT,
    PRIMARY KEY (book, number)
);

-- Pending entries in the order the folder takes them.
CREATE INDEX ledger_pending ON ledger (arrived_ms, book, number) WHERE moment IS NULL;

-- Sums of folded entries, per level; codes below a row's level are empty.
CREATE TABLE cells (
    level                 BIGINT           NOT NULL,
    region                TEXT COLLATE "C" NOT NULL,
    branch                TEXT COLLATE "C" NOT NULL,
    rep                   TEXT COLLATE "C" NOT NULL,
    day                   TEXT COLLATE "C" NOT NULL,
    product               TEXT COLLATE "C" NOT NULL,
    sold                  BIGINT           NOT NULL,
    withdrawn             BIGINT           NOT NULL,
    premium_gross_won     BIGINT           NOT NULL,
    premium_withdrawn_won BIGINT           NOT NULL,
    PRIMARY KEY (level, region, branch, rep, day, product)
);

-- The units cells exist for: a query seeks the days it wants unit by unit, and reads nothing else.
CREATE TABLE cell_units (
    level  BIGINT           NOT NULL,
    region TEXT COLLATE "C" NOT NULL,
    branch TEXT COLLATE "C" NOT NULL,
    rep    TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (level, region, branch, rep)
);

CREATE TABLE accounts (
    name          TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    role          TEXT COLLATE "C" NOT NULL,
    unit          TEXT COLLATE "C" NOT NULL,
    password_hash TEXT COLLATE "C" NOT NULL,
    disabled      BOOLEAN          NOT NULL
);

CREATE TABLE devices (
    id            BYTEA            NOT NULL PRIMARY KEY,
    account       TEXT COLLATE "C" NOT NULL,
    name          TEXT COLLATE "C" NOT NULL,
    registered_ms BIGINT           NOT NULL,
    last_seen_ms  BIGINT           NOT NULL,
    revoked       BOOLEAN          NOT NULL
);

-- Hashes of refresh tokens: one line per device.
CREATE TABLE sessions (
    device     BYTEA  NOT NULL PRIMARY KEY,
    current    BYTEA  NOT NULL,
    previous   BYTEA,
    expires_ms BIGINT NOT NULL
);

-- Units by span of days; a unit's spans are replaced together.
CREATE TABLE units (
    code     TEXT COLLATE "C" NOT NULL,
    from_day TEXT COLLATE "C",
    to_day   TEXT COLLATE "C",
    level    TEXT COLLATE "C" NOT NULL,
    name     TEXT COLLATE "C" NOT NULL,
    parent   TEXT COLLATE "C" NOT NULL
);

CREATE INDEX units_by_code ON units (code);
