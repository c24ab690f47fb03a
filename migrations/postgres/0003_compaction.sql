-- How far a book's feed was compacted. An entry about a change (body 0) that lost its payload is carried by a
-- later one, whose payload is the saved document and whose kind is set.
ALTER TABLE books ADD COLUMN compacted BIGINT NOT NULL DEFAULT 0;
