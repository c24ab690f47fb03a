-- What documents carry (`documents.saved`, `feed.payload`) is sealed with a key of the document. The key lies
-- here, wrapped by a master key that is not in the database; `hub.master` names the one that new keys are
-- wrapped by. Payloads without a key here were stored before and lie open until they are next written.
ALTER TABLE hub ADD COLUMN master BYTEA;
CREATE TABLE document_keys (
    document BYTEA PRIMARY KEY NOT NULL,
    master   BYTEA NOT NULL,
    sealed   BYTEA NOT NULL
);
-- Which master keys are in use, and what is left under one.
CREATE INDEX document_keys_by_master ON document_keys (master, document);
