-- What units are to reach in spans of days. The value is spread over the working days of the span it was set for;
-- the row holds on from_day to to_day, which is what later ones left of it. The type is '' for all together.
CREATE TABLE targets (
    unit         TEXT COLLATE "C" NOT NULL,
    product_type TEXT COLLATE "C" NOT NULL,
    measure      TEXT COLLATE "C" NOT NULL,
    from_day     TEXT COLLATE "C" NOT NULL,
    to_day       TEXT COLLATE "C" NOT NULL,
    value        BIGINT           NOT NULL,
    spread_from  TEXT COLLATE "C" NOT NULL,
    spread_to    TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (unit, product_type, measure, from_day)
);
