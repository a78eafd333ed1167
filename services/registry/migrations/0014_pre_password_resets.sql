-- A unit resets a password to a one-time password (ACC-6): until when it sets a new one. NULL: the password is the
-- owner's own.
ALTER TABLE account ADD COLUMN one_time_until timestamptz;
-- A unit lists the accounts of its region and below, and finds one by name; numbers and usernames have an index.
CREATE INDEX account_region ON account (region, account_id);
CREATE INDEX account_name ON account (name);
