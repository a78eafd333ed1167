-- What every service's schema has: events to publish, messages already handled, answers already given, and
-- the audit trail.

CREATE TABLE outbox (
    position        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id        uuid        NOT NULL,
    type            text        NOT NULL,
    subject_id      uuid        NOT NULL,
    subject_version bigint      NOT NULL,
    region          text        NOT NULL,
    correlation_id  text        NOT NULL,
    causation_id    text        NOT NULL,
    traceparent     text        NOT NULL,
    happened_at     timestamptz NOT NULL,
    body            text        NOT NULL
);

CREATE TABLE inbox (
    consumer   text        NOT NULL,
    message_id uuid        NOT NULL,
    handled_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (consumer, message_id)
);
CREATE INDEX inbox_handled_at ON inbox USING brin (handled_at);

CREATE TABLE idempotency (
    caller       text        NOT NULL,
    key          text        NOT NULL,
    request_hash bytea       NOT NULL,
    status       smallint,
    reply        bytea,
    given_at     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (caller, key)
);
CREATE INDEX idempotency_given_at ON idempotency USING brin (given_at);

-- Each subject has a chain of its own, so that writers of different subjects do not wait for each other: an
-- entry bears the hash of the one before it, and a removed or altered entry breaks the chain.
CREATE TABLE audit (
    subject_id     uuid        NOT NULL,
    entry          bigint      NOT NULL,
    happened_at    timestamptz NOT NULL,
    actor          text        NOT NULL,
    address        text        NOT NULL,
    action         text        NOT NULL,
    correlation_id text        NOT NULL,
    before         jsonb,
    after          jsonb,
    hash           bytea       NOT NULL,
    PRIMARY KEY (subject_id, entry)
);

CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit trail is append-only';
END
$$;
CREATE TRIGGER audit_is_append_only BEFORE UPDATE OR DELETE ON audit
    FOR EACH ROW EXECUTE FUNCTION refuse_audit_change();
