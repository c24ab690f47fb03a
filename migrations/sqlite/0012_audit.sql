-- Who did what: rows are only ever appended. `chain` is a hash over the number, the chain of the row before and all
-- else that the row says, so that a row that was altered, removed or moved shows.
CREATE TABLE audit (
    number  INTEGER PRIMARY KEY,
    at_ms   INTEGER NOT NULL,
    account TEXT    NOT NULL,
    device  BLOB,
    action  TEXT    NOT NULL,
    object  TEXT    NOT NULL,
    outcome TEXT    NOT NULL,
    detail  TEXT,
    chain   BLOB    NOT NULL
) STRICT;

CREATE INDEX audit_by_time ON audit (at_ms, number);
