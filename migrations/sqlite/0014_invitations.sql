-- Codes that sign a device in without a password, once: one for each account, a newer one in the place of the one
-- before. `hash` is a MAC of the code under a key that is not in the database.
CREATE TABLE invitations (
    account TEXT    NOT NULL PRIMARY KEY,
    hash    BLOB    NOT NULL UNIQUE,
    made_ms INTEGER NOT NULL,
    made_by TEXT    NOT NULL,
    ends_ms INTEGER NOT NULL,
    used_ms INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX invitations_open ON invitations (ends_ms) WHERE used_ms IS NULL;

-- What a device said of itself: its program's version, how many edits it had not sent and how many items lay in its
-- tray, and when it said so. Nothing until it did.
ALTER TABLE devices ADD COLUMN program TEXT;
ALTER TABLE devices ADD COLUMN unsent INTEGER;
ALTER TABLE devices ADD COLUMN tray INTEGER;
ALTER TABLE devices ADD COLUMN told_ms INTEGER;
