-- The version of the last event about an authorisation, by the name that the other services give it.
ALTER TABLE authorisation RENAME COLUMN told TO event_version;
