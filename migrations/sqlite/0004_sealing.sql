-- What documents carry (`documents.saved`, `feed.payload`) is sealed with a key of the document. The key lies
-- here, wrapped by a master key that is not in the database; `hub.master` names the one that new keys are
-- wrapped by. Payloads without a key here were stored before and lie open until they are next written.
ALTER TABLE hub ADD COLUMN master BLOB;
CREATE TABLE document_keys (
    document BLOB PRIMARY KEY NOT NULL,
    master   BLOB NOT NULL,
    sealed   BLOB NOT NULL
) STRICT, WITHOUT ROWID;
-- Which master keys are in use, and what is left under one.
CREATE INDEX document_keys_by_master ON document_keys (master, document);
