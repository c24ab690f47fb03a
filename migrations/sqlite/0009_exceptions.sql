-- A later stamp adds the entries of one rep, whom it names. `above_stamp` is the first stamp of the unit above that a
-- stamp is part of; 0 where it is part of none.
ALTER TABLE closings ADD COLUMN rep TEXT NOT NULL DEFAULT '';
ALTER TABLE closings ADD COLUMN above_stamp INTEGER NOT NULL DEFAULT 1;

UPDATE closings SET above_stamp = 0 WHERE above = '' OR EXISTS (
    SELECT 1 FROM closings AS over
    WHERE over.day = closings.day AND over.unit = closings.above AND over.moment < closings.moment
);

-- Exceptions to closings, kept for good: until an instant the entries of one rep still count for a closed day. It is
-- open while `ended_ms` is absent; `stamp` is what it led to, absent where nothing had arrived.
CREATE TABLE exceptions (
    id        INTEGER NOT NULL PRIMARY KEY,
    day       TEXT    NOT NULL,
    unit      TEXT    NOT NULL,
    account   TEXT    NOT NULL,
    rep       TEXT    NOT NULL,
    opened_ms INTEGER NOT NULL,
    opened_by TEXT    NOT NULL,
    reason    TEXT,
    until_ms  INTEGER NOT NULL,
    ended_ms  INTEGER,
    ended_by  TEXT,
    stamp     INTEGER
) STRICT;

CREATE UNIQUE INDEX exceptions_open ON exceptions (day, unit, account) WHERE ended_ms IS NULL;
