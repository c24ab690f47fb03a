-- A person's devices are found without those of everybody else.
CREATE INDEX devices_by_account ON devices (account);
