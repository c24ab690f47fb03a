-- Sums of the cells of one, eight or sixty-four days, by product or of all products together: what a long range of
-- days is read from. Days of blocks are their first ones; where all products are together, the product is empty.
CREATE TABLE blocks (
    level                 INTEGER NOT NULL,
    region                TEXT    NOT NULL,
    branch                TEXT    NOT NULL,
    rep                   TEXT    NOT NULL,
    grain                 INTEGER NOT NULL,
    day                   TEXT    NOT NULL,
    product               TEXT    NOT NULL,
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
    PRIMARY KEY (level, region, branch, rep, grain, day, product)
) STRICT, WITHOUT ROWID;

-- The moment that blocks hold everything of, the last time that adding them up anew was begun, and the last one
-- that was done. A hub that knows no blocks moves the cells on without them: they wait to be added up anew.
ALTER TABLE hub ADD COLUMN blocks_moment INTEGER NOT NULL DEFAULT 0;
ALTER TABLE hub ADD COLUMN blocks_begun INTEGER NOT NULL DEFAULT 0;
ALTER TABLE hub ADD COLUMN blocks_done INTEGER NOT NULL DEFAULT 0;

-- Units of a branch, and a rep wherever the rep stood.
CREATE INDEX cell_units_by_branch ON cell_units (branch, level);
CREATE INDEX cell_units_by_rep ON cell_units (rep, level);
