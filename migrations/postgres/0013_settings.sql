-- What an administrator set in place of defaults: the setting's name, and its value as JSON.
CREATE TABLE settings (
    key   TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    value TEXT COLLATE "C" NOT NULL
);

-- How often they were changed; and the link that makes the first administrator: the hash of its token, and its end.
ALTER TABLE hub ADD COLUMN settings_version BIGINT NOT NULL DEFAULT 0;
ALTER TABLE hub ADD COLUMN setup BYTEA;
ALTER TABLE hub ADD COLUMN setup_ends_ms BIGINT;
