-- The second factor of a unit's account (ACC-11). The secret is encrypted; `last_step` is the time step of the last
-- code that was used, so that none is used twice.
CREATE TABLE second_factor (
    account_id   uuid PRIMARY KEY REFERENCES account,
    secret       bytea       NOT NULL,
    last_step    bigint      NOT NULL,
    confirmed_at timestamptz NOT NULL
) WITH (fillfactor = 80);

-- A secret that was shown and that no code has confirmed yet.
CREATE TABLE second_factor_enrolment (
    account_id uuid PRIMARY KEY REFERENCES account,
    secret     bytea       NOT NULL,
    expires_at timestamptz NOT NULL
);

-- The keyed hashes of recovery codes that were not used yet.
CREATE TABLE recovery_code (
    account_id uuid  NOT NULL REFERENCES account,
    code_hash  bytea NOT NULL CHECK (length(code_hash) = 32),
    PRIMARY KEY (account_id, code_hash)
);

-- Of which accounts the nation demands a second factor, from when on. Rows are added and never changed: the latest
-- that is effective applies. Without one it is voluntary.
CREATE TABLE second_factor_policy (
    role           text        NOT NULL CHECK (role IN ('reviewer', 'agency')),
    level          text        NOT NULL CHECK (level IN ('county', 'city', 'province', 'nation')),
    effective_from timestamptz NOT NULL,
    set_at         timestamptz NOT NULL,
    compulsory     boolean     NOT NULL,
    set_by         uuid        NOT NULL,
    PRIMARY KEY (role, level, effective_from, set_at)
);
