-- A scan that comes while the return of the one before it is still on its way is kept and filed after it; what a
-- letter or a scan came to nothing for is shown to whoever asked for it.
ALTER TABLE authorisation ADD COLUMN pending_scan jsonb, ADD COLUMN problem jsonb;
