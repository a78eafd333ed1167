-- What the registry has told of an account: sessions of an older epoch, or of a closed account, are over.
CREATE TABLE account_access (
    account_id uuid PRIMARY KEY,
    version    bigint  NOT NULL,
    epoch      integer NOT NULL,
    closed     boolean NOT NULL,
    reviewed   boolean NOT NULL
);

-- A session has a name of its own by which its account lists and ends it, and tells where it was opened.
ALTER TABLE session
    ADD COLUMN session_id uuid NOT NULL DEFAULT gen_random_uuid(),
    ADD COLUMN account_id uuid GENERATED ALWAYS AS ((caller ->> 'account_id')::uuid) STORED,
    ADD COLUMN epoch integer NOT NULL DEFAULT 0,
    ADD COLUMN address text NOT NULL DEFAULT '',
    ADD COLUMN client text NOT NULL DEFAULT '';
CREATE INDEX session_account ON session (account_id, session_id);

-- Budgets of which something has been spent: what was left when it was last counted. The key is a hash of a name or
-- an address, or an account's id.
CREATE TABLE spent_budget (
    budget     text   NOT NULL,
    key        bytea  NOT NULL,
    left_over  float8 NOT NULL,
    counted_at timestamptz NOT NULL,
    PRIMARY KEY (budget, key)
) WITH (fillfactor = 70);
CREATE INDEX spent_budget_counted_at ON spent_budget USING brin (counted_at);

-- From where somebody has signed in to an account before (both hashed): others' wrong guesses do not lock them out.
CREATE TABLE known_sign_in (
    account_key bytea       NOT NULL,
    address_key bytea       NOT NULL,
    last_at     timestamptz NOT NULL,
    PRIMARY KEY (account_key, address_key)
);
CREATE INDEX known_sign_in_last_at ON known_sign_in USING brin (last_at);
