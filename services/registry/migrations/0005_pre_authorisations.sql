-- Which account may maintain which institution, in which scopes. Only approved authorisations of approved
-- accounts come here, so a row alone decides.
CREATE TABLE maintainer (
    institution_id   uuid        NOT NULL,
    account_id       uuid        NOT NULL,
    scope            text        NOT NULL,
    authorisation_id uuid        NOT NULL,
    since            timestamptz NOT NULL,
    PRIMARY KEY (institution_id, account_id, scope)
);
-- One account at a time holds the institution scope (ACC-4).
CREATE UNIQUE INDEX maintainer_institution_scope ON maintainer (institution_id) WHERE scope = 'institution';
CREATE INDEX maintainer_account ON maintainer (account_id, institution_id);

CREATE TABLE authorisation (
    authorisation_id uuid PRIMARY KEY,
    version          bigint      NOT NULL,
    told             bigint      NOT NULL,
    account_id       uuid        NOT NULL,
    letter_number    text        NOT NULL UNIQUE,
    letter_version   integer     NOT NULL,
    scopes           text[]      NOT NULL,
    institution_ids  uuid[]      NOT NULL,
    institutions     jsonb       NOT NULL,
    letter           jsonb,
    scan             jsonb,
    scan_version     bigint      NOT NULL DEFAULT 0,
    granted          boolean     NOT NULL DEFAULT false,
    held_by_others   uuid[]      NOT NULL DEFAULT '{}',
    prepared_at      timestamptz NOT NULL,
    state            text        NOT NULL,
    submission       integer     NOT NULL,
    case_version     bigint      NOT NULL,
    level            text,
    unit_name        text,
    since            timestamptz
);
CREATE INDEX authorisation_account ON authorisation (account_id, authorisation_id);

-- Accounts that the nation has approved, as authorisations have heard it: an authorisation may be approved
-- before its account, and then waits.
CREATE TABLE approved_account (
    account_id uuid PRIMARY KEY
);
