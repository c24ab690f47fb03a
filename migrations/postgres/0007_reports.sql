-- Up to when all edits of a device have arrived; absent until it said so.
ALTER TABLE devices ADD COLUMN complete_ms BIGINT;
-- Reps' own statements that a day is complete; the first one of a day counts.
CREATE TABLE day_statements (
    day        TEXT COLLATE "C" NOT NULL,
    rep        TEXT COLLATE "C" NOT NULL,
    device     BYTEA            NOT NULL,
    arrived_ms BIGINT           NOT NULL,
    PRIMARY KEY (day, rep)
);
-- Who was expected to report when a day was closed, and who had; absent in stamps made before this was known.
ALTER TABLE closings ADD COLUMN expected BIGINT;
ALTER TABLE closings ADD COLUMN reported BIGINT;
