-- What an entry tells, and its annual premium equivalent. `kind` is 0 in entries of before; their chain does
-- not cover these columns.
ALTER TABLE ledger ADD COLUMN kind BIGINT NOT NULL DEFAULT 0;
ALTER TABLE ledger ADD COLUMN ape_won BIGINT NOT NULL DEFAULT 0;

-- Folded entries of a day that came after a moment: what a closing does not hold.
CREATE INDEX ledger_by_day ON ledger (day, moment) WHERE moment IS NOT NULL;

ALTER TABLE cells ADD COLUMN ape_gross_won BIGINT NOT NULL DEFAULT 0;
ALTER TABLE cells ADD COLUMN ape_withdrawn_won BIGINT NOT NULL DEFAULT 0;
ALTER TABLE cells ADD COLUMN lapsed_in_13_months BIGINT NOT NULL DEFAULT 0;
ALTER TABLE cells ADD COLUMN lapsed_in_25_months BIGINT NOT NULL DEFAULT 0;
ALTER TABLE cells ADD COLUMN lapsed_later BIGINT NOT NULL DEFAULT 0;
ALTER TABLE cells ADD COLUMN premium_lapsed_won BIGINT NOT NULL DEFAULT 0;

-- The day a policy lapsed, as headquarters' record of it says, and what of it counts. Documents of before
-- have posted no annual premium equivalent: they are judged again.
ALTER TABLE documents ADD COLUMN lapsed_on TEXT COLLATE "C";
ALTER TABLE documents ADD COLUMN counted_lapsed_on TEXT COLLATE "C";
ALTER TABLE documents ADD COLUMN counted_ape_won BIGINT;

-- The rules' version that every policy has been judged by.
ALTER TABLE hub ADD COLUMN judged BIGINT NOT NULL DEFAULT 0;

-- When the cells came to each moment; of moments of before that is not known.
CREATE TABLE moments (
    moment BIGINT NOT NULL PRIMARY KEY,
    at_ms  BIGINT NOT NULL
);

CREATE INDEX moments_by_time ON moments (at_ms, moment);

INSERT INTO moments (moment, at_ms) SELECT moment, 0 FROM hub WHERE moment > 0;

-- The stamped figures of units and days: they never change, but for becoming final. `above` is the unit that a
-- stamp is part of the stamp of; the nation has none.
CREATE TABLE closings (
    day                   TEXT COLLATE "C" NOT NULL,
    unit                  TEXT COLLATE "C" NOT NULL,
    above                 TEXT COLLATE "C" NOT NULL,
    stamp                 BIGINT NOT NULL,
    level                 BIGINT NOT NULL,
    final                 BOOLEAN NOT NULL,
    moment                BIGINT NOT NULL,
    at_ms                 BIGINT NOT NULL,
    account               TEXT COLLATE "C" NOT NULL,
    sold                  BIGINT NOT NULL,
    withdrawn             BIGINT NOT NULL,
    premium_gross_won     BIGINT NOT NULL,
    premium_withdrawn_won BIGINT NOT NULL,
    ape_gross_won         BIGINT NOT NULL,
    ape_withdrawn_won     BIGINT NOT NULL,
    lapsed_in_13_months   BIGINT NOT NULL,
    lapsed_in_25_months   BIGINT NOT NULL,
    lapsed_later          BIGINT NOT NULL,
    premium_lapsed_won    BIGINT NOT NULL,
    PRIMARY KEY (day, unit, stamp)
);
