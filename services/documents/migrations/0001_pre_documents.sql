-- A document is a paper in the store and whose it is; two people who upload the same bytes have one file and
-- two documents.
CREATE TABLE document (
    document_id uuid PRIMARY KEY,
    owner       uuid        NOT NULL,
    name        text        NOT NULL,
    media_type  text        NOT NULL,
    sha256      text        NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    pages       integer     NOT NULL,
    size        bigint      NOT NULL,
    kept_at     timestamptz NOT NULL
);

-- Who else may read a document, from the subject that it was filed with: the units whose region covers this
-- one, and the one unit that is named, if any.
CREATE TABLE reader (
    document_id uuid NOT NULL,
    subject_id  uuid NOT NULL,
    region      text NOT NULL,
    unit_id     uuid,
    UNIQUE NULLS NOT DISTINCT (document_id, subject_id, region, unit_id)
);

-- The authorisation that letters are made for: the version in force, and how many events were told of it.
CREATE TABLE authorisation (
    authorisation_id uuid PRIMARY KEY,
    account_id       uuid    NOT NULL,
    region           text    NOT NULL,
    letter_number    text    NOT NULL,
    letter_version   integer NOT NULL,
    told             bigint  NOT NULL DEFAULT 0
);

-- Every letter that was made; the one of the authorisation's version is in force, older ones are void.
CREATE TABLE letter (
    authorisation_id uuid        NOT NULL REFERENCES authorisation,
    letter_version   integer     NOT NULL,
    letter_number    text        NOT NULL,
    document_id      uuid        NOT NULL REFERENCES document,
    made_at          timestamptz NOT NULL,
    PRIMARY KEY (authorisation_id, letter_version)
);
