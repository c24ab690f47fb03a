-- Sums of the cells of one, eight or sixty-four days, by product or of all products together: what a long range of
-- days is read from. Days of blocks are their first ones; where all products are together, the product is empty.
CREATE TABLE blocks (
    level                 BIGINT           NOT NULL,
    region                TEXT COLLATE "C" NOT NULL,
    branch                TEXT COLLATE "C" NOT NULL,
    rep                   TEXT COLLATE "C" NOT NULL,
    grain                 BIGINT           NOT NULL,
    day                   TEXT COLLATE "C" NOT NULL,
    product               TEXT COLLATE "C" NOT NULL,
    sold                  BIGINT           NOT NULL,
    withdrawn             BIGINT           NOT NULL,
    premium_gross_won     BIGINT           NOT NULL,
    premium_withdrawn_won BIGINT           NOT NULL,
    ape_gross_won         BIGINT           NOT NULL,
    ape_withdrawn_won     BIGINT           NOT NULL,
    lapsed_in_13_months   BIGINT           NOT NULL,
    lapsed_in_25_months   BIGINT           NOT NULL,
    lapsed_later          BIGINT           NOT NULL,
    premium_lapsed_won    BIGINT           NOT NULL,
    PRIMARY KEY (level, region, branch, rep, grain, day, product)
);

-- The moment that blocks hold everything of, the last time that adding them up anew was begun, and the last one
-- that was done. A hub that knows no blocks moves the cells on without them: they wait to be added up anew.
ALTER TABLE hub ADD COLUMN blocks_moment BIGINT NOT NULL DEFAULT 0;
ALTER TABLE hub ADD COLUMN blocks_begun BIGINT NOT NULL DEFAULT 0;
ALTER TABLE hub ADD COLUMN blocks_done BIGINT NOT NULL DEFAULT 0;

-- Units of a branch, and a rep wherever the rep stood.
CREATE INDEX cell_units_by_branch ON cell_units (branch, level);
CREATE INDEX cell_units_by_rep ON cell_units (rep, level);
