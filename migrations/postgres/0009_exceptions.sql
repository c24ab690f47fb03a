-- A later stamp adds the entries of one rep, whom it names. `above_stamp` is the first stamp of the unit above that a
-- stamp is part of; 0 where it is part of none.
ALTER TABLE closings ADD COLUMN rep TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE closings ADD COLUMN above_stamp BIGINT NOT NULL DEFAULT 1;

UPDATE closings SET above_stamp = 0 WHERE above = '' OR EXISTS (
    SELECT 1 FROM closings AS over
    WHERE over.day = closings.day AND over.unit = closings.above AND over.moment < closings.moment
);

-- Exceptions to closings, kept for good: until an instant the entries of one rep still count for a closed day. It is
-- open while `ended_ms` is absent; `stamp` is what it led to, absent where nothing had arrived.
CREATE TABLE exceptions (
    id        BIGINT           NOT NULL PRIMARY KEY,
    day       TEXT COLLATE "C" NOT NULL,
    unit      TEXT COLLATE "C" NOT NULL,
    account   TEXT COLLATE "C" NOT NULL,
    rep       TEXT COLLATE "C" NOT NULL,
    opened_ms BIGINT           NOT NULL,
    opened_by TEXT COLLATE "C" NOT NULL,
    reason    TEXT COLLATE "C",
    until_ms  BIGINT           NOT NULL,
    ended_ms  BIGINT,
    ended_by  TEXT COLLATE "C",
    stamp     BIGINT
);

CREATE UNIQUE INDEX exceptions_open ON exceptions (day, unit, account) WHERE ended_ms IS NULL;
