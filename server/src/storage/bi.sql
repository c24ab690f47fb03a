-- The schema `bi`: what business intelligence programs read. `fieldbook bi` runs this as often as it is asked to;
-- columns are only ever added, at the end. Nothing here tells of customers: neither ledger nor units do.
CREATE SCHEMA IF NOT EXISTS bi;

CREATE OR REPLACE VIEW bi.daily_sales AS
SELECT day::date AS business_date, region, branch, rep, product,
    sum(sold)::bigint AS sold,
    sum(withdrawn)::bigint AS withdrawn,
    sum(sold - withdrawn)::bigint AS net,
    sum(premium_gross_won)::bigint AS premium_gross_won,
    sum(premium_gross_won - premium_withdrawn_won)::bigint AS premium_net_won,
    sum(ape_gross_won - ape_withdrawn_won)::bigint AS ape_net_won,
    sum(lapsed_in_13_months)::bigint AS lapsed_in_13_months,
    sum(lapsed_in_25_months)::bigint AS lapsed_in_25_months,
    sum(lapsed_later)::bigint AS lapsed_later
FROM (
    SELECT day, region, branch, rep, product, sold, withdrawn, premium_gross_won, premium_withdrawn_won,
        ape_gross_won, ape_withdrawn_won, lapsed_in_13_months, lapsed_in_25_months, lapsed_later
    FROM cells WHERE level = 3
    UNION ALL
    SELECT day, region, branch, rep, product,
        CASE WHEN measure = 1 THEN count ELSE 0 END,
        CASE WHEN measure = 2 THEN -count ELSE 0 END,
        CASE WHEN measure = 1 THEN won ELSE 0 END,
        CASE WHEN measure = 2 THEN -won ELSE 0 END,
        CASE WHEN measure = 1 THEN ape_won ELSE 0 END,
        CASE WHEN measure = 2 THEN -ape_won ELSE 0 END,
        CASE WHEN measure = 3 THEN count ELSE 0 END,
        CASE WHEN measure = 4 THEN count ELSE 0 END,
        CASE WHEN measure = 5 THEN count ELSE 0 END
    FROM ledger WHERE moment IS NULL
) AS counted
GROUP BY day, region, branch, rep, product;
COMMENT ON VIEW bi.daily_sales IS
    'Sales of each day by rep and product, under the branch and region of that day. Holds every acknowledged edit.';

CREATE OR REPLACE VIEW bi.entries AS
SELECT encode(book, 'hex') AS book, number, encode(document, 'hex') AS policy, day::date AS business_date, region,
    branch, rep, product,
    CASE measure WHEN 1 THEN 'sold' WHEN 2 THEN 'withdrawn' WHEN 3 THEN 'lapsed_in_13_months'
        WHEN 4 THEN 'lapsed_in_25_months' ELSE 'lapsed_later' END AS measure,
    CASE kind WHEN 1 THEN 'sold' WHEN 2 THEN 'corrected' WHEN 3 THEN 'withdrawn' WHEN 4 THEN 'lapsed'
        WHEN 5 THEN 'reinstated' WHEN 6 THEN 'transferred' WHEN 7 THEN 'uncounted' ELSE 'unsaid' END AS kind,
    count, won, ape_won, to_timestamp(arrived_ms / 1000.0) AS arrived, moment
FROM ledger;
COMMENT ON VIEW bi.entries IS
    'Every entry of the ledger. Those measured sold and withdrawn sum to the net; moment is NULL while one is pending.';

CREATE OR REPLACE VIEW bi.units AS
SELECT code, level, name, parent, from_day::date AS valid_from, to_day::date AS valid_to, successor
FROM units;
COMMENT ON VIEW bi.units IS
    'Regions, branches and reps: what each was called and stood under, from day to day. NULL is without end.';

CREATE OR REPLACE VIEW bi.closings AS
SELECT day::date AS business_date, unit,
    CASE level WHEN 0 THEN 'nation' WHEN 1 THEN 'region' WHEN 2 THEN 'branch' ELSE 'rep' END AS level,
    stamp, final, to_timestamp(at_ms / 1000.0) AS closed_at, account AS closed_by, expected, reported,
    sold, withdrawn, sold - withdrawn AS net, premium_gross_won,
    premium_gross_won - premium_withdrawn_won AS premium_net_won,
    ape_gross_won - ape_withdrawn_won AS ape_net_won
FROM closings;
COMMENT ON VIEW bi.closings IS 'The stamps of closed days. They never change; the highest stamp of a unit and day is the newest.';

CREATE OR REPLACE VIEW bi.targets AS
SELECT unit, NULLIF(product_type, '') AS product_type, measure, from_day::date AS valid_from, to_day::date AS valid_to,
    value, spread_from::date AS spread_from, spread_to::date AS spread_to
FROM targets;
COMMENT ON VIEW bi.targets IS
    'What units are to reach. value is spread over the working days of spread_from to spread_to, and holds on the valid ones.';
