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

-- What a device said of itself: its program's version, how many edits it had not sent and how many items lay in its
-- tray, and when it said so. Nothing until it did.
ALTER TABLE devices ADD COLUMN program TEXT COLLATE "C";
ALTER TABLE devices ADD COLUMN unsent BIGINT;
ALTER TABLE devices ADD COLUMN tray BIGINT;
ALTER TABLE devices ADD COLUMN told_ms BIGINT;
