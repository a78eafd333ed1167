-- A session is known by the SHA-256 of its id alone: who reads this table can use none of them.
CREATE TABLE session (
    id_hash    bytea PRIMARY KEY CHECK (length(id_hash) = 32),
    caller     jsonb       NOT NULL,
    created_at timestamptz NOT NULL,
    seen_at    timestamptz NOT NULL,
    ends_at    timestamptz NOT NULL
);
CREATE INDEX session_ends_at ON session (ends_at);

-- Failed attempts to sign in, by hashed username and by hashed address.
CREATE TABLE attempts (
    of         text        NOT NULL CHECK (of IN ('address', 'username')),
    key        bytea       NOT NULL,
    failures   integer     NOT NULL DEFAULT 0,
    last_at    timestamptz NOT NULL,
    free_again timestamptz NOT NULL,
    PRIMARY KEY (of, key)
);
CREATE INDEX attempts_last_at ON attempts USING brin (last_at);

-- Every event of the platform, in the order in which it was stored; positions are given out in the order of
-- commits, so that who reads on from a position misses nothing.
CREATE TABLE feed (
    position        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id        uuid        NOT NULL,
    type            text        NOT NULL,
    public          boolean     NOT NULL,
    subject_id      uuid        NOT NULL,
    subject_version bigint      NOT NULL,
    region          text        NOT NULL,
    happened_at     timestamptz NOT NULL,
    correlation_id  text        NOT NULL,
    traceparent     text        NOT NULL,
    data            jsonb       NOT NULL,
    stored_at       timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX feed_subject ON feed (subject_id, position);
CREATE INDEX feed_stored_at ON feed USING brin (stored_at);
