-- The transaction that recorded an event: the relay, which reads by position, finds by it what was recorded at a
-- position that it had passed and committed later.
ALTER TABLE outbox ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id();
CREATE INDEX outbox_xid ON outbox (xid);
