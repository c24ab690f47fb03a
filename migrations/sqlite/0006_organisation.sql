-- A unit that closes names the one that goes on with what it did.
ALTER TABLE units ADD COLUMN successor TEXT;
-- Leave of absence: reps who are not expected to report on these days.
CREATE TABLE absences (
    rep      TEXT NOT NULL,
    from_day TEXT NOT NULL,
    to_day   TEXT,
    reason   TEXT NOT NULL,
    PRIMARY KEY (rep, from_day)
) STRICT, WITHOUT ROWID;
-- What the company says of days, instead of what the program knows of weekends and public holidays.
CREATE TABLE calendar (
    day     TEXT    NOT NULL PRIMARY KEY,
    working INTEGER NOT NULL,
    name    TEXT    NOT NULL
) STRICT, WITHOUT ROWID;
