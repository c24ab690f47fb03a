-- Blocks of all units of a level are found by their days: one stretch of the index for each run of days, where the key
-- would be sought unit by unit. Reps are asked for by their branch.
CREATE INDEX blocks_by_day ON blocks (level, grain, day) WHERE level < 3;
