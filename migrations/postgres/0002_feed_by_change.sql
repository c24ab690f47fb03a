-- Which document a change belongs to: a push may name its document by a change of its history alone.
CREATE INDEX feed_by_change ON feed (chained, document) WHERE body = 0;
