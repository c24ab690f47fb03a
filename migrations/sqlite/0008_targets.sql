-- What units are to reach in spans of days. The value is spread over the working days of the span it was set for;
-- the row holds on from_day to to_day, which is what later ones left of it. The type is '' for all together.
CREATE TABLE targets (
    unit         TEXT    NOT NULL,
    product_type TEXT    NOT NULL,
    measure      TEXT    NOT NULL,
    from_day     TEXT    NOT NULL,
    to_day       TEXT    NOT NULL,
    value        INTEGER NOT NULL,
    spread_from  TEXT    NOT NULL,
    spread_to    TEXT    NOT NULL,
    PRIMARY KEY (unit, product_type, measure, from_day)
) STRICT, WITHOUT ROWID;
