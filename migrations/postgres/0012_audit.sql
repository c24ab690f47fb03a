-- Who did what: rows are only ever appended. `chain` is a hash over the number, the chain of the row before and all
-- else that the row says, so that a row that was altered, removed or moved shows.
CREATE TABLE audit (
    number  BIGINT           NOT NULL PRIMARY KEY,
    at_ms   BIGINT           NOT NULL,
    account TEXT COLLATE "C" NOT NULL,
    device  BYTEA,
    action  TEXT COLLATE "C" NOT NULL,
    object  TEXT COLLATE "C" NOT NULL,
    outcome TEXT COLLATE "C" NOT NULL,
    detail  TEXT COLLATE "C",
    chain   BYTEA            NOT NULL
);

CREATE INDEX audit_by_time ON audit (at_ms, number);
