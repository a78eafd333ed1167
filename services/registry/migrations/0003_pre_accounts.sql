-- Accounts of persons and of units. Personal identifiers are encrypted; the keyed hash beside each is for
-- search, and not unique: the same person may have several accounts.
CREATE TABLE account (
    account_id       uuid PRIMARY KEY,
    version          bigint      NOT NULL DEFAULT 1,
    username         text        NOT NULL,
    username_key     text        NOT NULL UNIQUE,
    password_hash    text        NOT NULL,
    role             text        NOT NULL CHECK (role IN ('maintainer', 'reviewer', 'agency')),
    name             text        NOT NULL,
    region           text        NOT NULL REFERENCES region (code),
    unit_id          uuid REFERENCES unit (unit_id),
    id_number        bytea,
    id_number_index  bytea,
    id_number_masked text,
    phone            bytea,
    phone_index      bytea,
    phone_masked     text,
    attachments      jsonb       NOT NULL DEFAULT '[]',
    state            text        NOT NULL DEFAULT 'draft',
    submission       integer     NOT NULL DEFAULT 0,
    case_version     bigint      NOT NULL DEFAULT 0,
    level            text,
    unit_name        text,
    since            timestamptz,
    registered_at    timestamptz NOT NULL,
    CHECK ((role = 'maintainer') = (unit_id IS NULL)),
    CHECK ((role = 'maintainer') = (id_number IS NOT NULL))
);
CREATE INDEX account_id_number ON account (id_number_index) WHERE id_number_index IS NOT NULL;
CREATE INDEX account_phone ON account (phone_index) WHERE phone_index IS NOT NULL;
CREATE INDEX account_unit ON account (unit_id) WHERE unit_id IS NOT NULL;

-- With these a forgotten password is reset; an answer is kept as a password is.
CREATE TABLE security_question (
    account_id  uuid     NOT NULL REFERENCES account (account_id),
    number      smallint NOT NULL,
    question    text     NOT NULL,
    answer_hash text     NOT NULL,
    PRIMARY KEY (account_id, number)
);
