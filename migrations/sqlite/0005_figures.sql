-- What an entry tells, and its annual premium equivalent. `kind` is 0 in entries of before; their chain does
-- not cover these columns.
ALTER TABLE ledger ADD COLUMN kind INTEGER NOT NULL DEFAULT 0;
ALTER TABLE ledger ADD COLUMN ape_won INTEGER NOT NULL DEFAULT 0;

DROP INDEX ledger_pending;
CREATE INDEX ledger_pending
    ON ledger (arrived_ms, book, number, day, region, branch, rep, product, measure, count, won, ape_won)
    WHERE moment IS NULL;

-- Folded entries of a day that came after a moment: what a closing does not hold.
CREATE INDEX ledger_by_day ON ledger (day, moment) WHERE moment IS NOT NULL;

ALTER TABLE cells ADD COLUMN ape_gross_won INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cells ADD COLUMN ape_withdrawn_won INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cells ADD COLUMN lapsed_in_13_months INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cells ADD COLUMN lapsed_in_25_months INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cells ADD COLUMN lapsed_later INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cells ADD COLUMN premium_lapsed_won INTEGER NOT NULL DEFAULT 0;

-- The day a policy lapsed, as headquarters' record of it says, and what of it counts. Documents of before
-- have posted no annual premium equivalent: they are judged again.
ALTER TABLE documents ADD COLUMN lapsed_on TEXT;
ALTER TABLE documents ADD COLUMN counted_lapsed_on TEXT;
ALTER TABLE documents ADD COLUMN counted_ape_won INTEGER;

-- The rules' version that every policy has been judged by.
ALTER TABLE hub ADD COLUMN judged INTEGER NOT NULL DEFAULT 0;

-- When the cells came to each moment; of moments of before that is not known.
CREATE TABLE moments (
    moment INTEGER NOT NULL PRIMARY KEY,
    at_ms  INTEGER NOT NULL
) STRICT;

CREATE INDEX moments_by_time ON moments (at_ms, moment);

INSERT INTO moments (moment, at_ms) SELECT moment, 0 FROM hub WHERE moment > 0;

-- The stamped figures of units and days: they never change, but for becoming final. `above` is the unit that a
-- stamp is part of the stamp of; the nation has none.
CREATE TABLE closings (
    day                   TEXT    NOT NULL,
    unit                  TEXT    NOT NULL,
    above                 TEXT    NOT NULL,
    stamp                 INTEGER NOT NULL,
    level                 INTEGER NOT NULL,
    final                 INTEGER NOT NULL,
    moment                INTEGER NOT NULL,
    at_ms                 INTEGER NOT NULL,
    account               TEXT    NOT NULL,
    sold                  INTEGER NOT NULL,
    withdrawn             INTEGER NOT NULL,
    premium_gross_won     INTEGER NOT NULL,
    premium_withdrawn_won INTEGER NOT NULL,
    ape_gross_won         INTEGER NOT NULL,
    ape_withdrawn_won     INTEGER NOT NULL,
    lapsed_in_13_months   INTEGER NOT NULL,
    lapsed_in_25_months   INTEGER NOT NULL,
    lapsed_later          INTEGER NOT NULL,
    premium_lapsed_won    INTEGER NOT NULL,
    PRIMARY KEY (day, unit, stamp)
) STRICT, WITHOUT ROWID;
