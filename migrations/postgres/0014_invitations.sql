-- Codes that sign a device in without a password, once: one for each account, a newer one in the place of the one
-- before. `hash` is a MAC of the code under a key that is not in the database.
CREATE TABLE invitations (
    account TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    hash    BYTEA            NOT NULL UNIQUE,
    made_ms BIGINT           NOT NULL,
    made_by TEXT COLLATE "C" NOT NULL,
    ends_ms BIGINT           NOT NULL,
    used_ms BIGINT
);

CREATE INDEX invitations_open ON invitations (ends_ms) WHERE used_ms IS NULL;
