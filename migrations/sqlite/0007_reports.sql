-- Up to when all edits of a device have arrived; absent until it said so.
ALTER TABLE devices ADD COLUMN complete_ms INTEGER;
-- Reps' own statements that a day is complete; the first one of a day counts.
CREATE TABLE day_statements (
    day        TEXT    NOT NULL,
    rep        TEXT    NOT NULL,
    device     BLOB    NOT NULL,
    arrived_ms INTEGER NOT NULL,
    PRIMARY KEY (day, rep)
) STRICT, WITHOUT ROWID;
-- Who was expected to report when a day was closed, and who had; absent in stamps made before this was known.
ALTER TABLE closings ADD COLUMN expected INTEGER;
ALTER TABLE closings ADD COLUMN reported INTEGER;
