-- Long work in slices: a row is a job, `cursor` says how far it has come. Whoever works on it holds its lease, and
-- while a slice is at work the row's lock. A job with a key is one at a time.
CREATE TABLE job (
    job_id           uuid PRIMARY KEY,
    kind             text        NOT NULL,
    key              text,
    arguments        jsonb       NOT NULL DEFAULT '{}',
    cursor           jsonb,
    state            text        NOT NULL DEFAULT 'queued'
                     CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
    done             bigint      NOT NULL DEFAULT 0,
    total            bigint,
    result           jsonb       NOT NULL DEFAULT '{}',
    error            jsonb,
    attempts         integer     NOT NULL DEFAULT 0,
    cancel_requested boolean     NOT NULL DEFAULT false,
    owner_id         uuid,
    correlation_id   text        NOT NULL,
    created_at       timestamptz NOT NULL DEFAULT now(),
    run_at           timestamptz NOT NULL DEFAULT now(),
    ended_at         timestamptz,
    lease_token      uuid,
    lease_until      timestamptz,
    CHECK ((lease_token IS NULL) = (lease_until IS NULL)),
    CHECK ((ended_at IS NULL) = (state IN ('queued', 'running'))),
    CHECK (ended_at IS NULL OR lease_token IS NULL)
) WITH (fillfactor = 70);
CREATE UNIQUE INDEX job_open_key ON job (kind, key) WHERE ended_at IS NULL;
CREATE INDEX job_runnable ON job (run_at) WHERE ended_at IS NULL;
CREATE INDEX job_kind ON job (kind, key, created_at);
CREATE INDEX job_owner ON job (owner_id, job_id);
CREATE INDEX job_ended_at ON job USING brin (ended_at);
