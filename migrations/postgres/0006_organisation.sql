-- A unit that closes names the one that goes on with what it did.
ALTER TABLE units ADD COLUMN successor TEXT COLLATE "C";
-- Leave of absence: reps who are not expected to report on these days.
CREATE TABLE absences (
    rep      TEXT COLLATE "C" NOT NULL,
    from_day TEXT COLLATE "C" NOT NULL,
    to_day   TEXT COLLATE "C",
    reason   TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (rep, from_day)
);
-- What the company says of days, instead of what the program knows of weekends and public holidays.
CREATE TABLE calendar (
    day     TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    working BOOLEAN          NOT NULL,
    name    TEXT COLLATE "C" NOT NULL
);
