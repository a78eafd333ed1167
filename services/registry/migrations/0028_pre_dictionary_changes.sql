-- The changes of dictionaries by the nation's unit since their published editions: an entry as it is from a revision on.
-- Rows are added and never changed: the latest of a code counts.
CREATE TABLE dictionary_change (
    dictionary  text        NOT NULL,
    revision    integer     NOT NULL CHECK (revision > 0),
    code        text        NOT NULL,
    name        text        NOT NULL,
    name_en     text        NOT NULL,
    valid_from  date,
    valid_until date,
    changed_by  uuid        NOT NULL,
    changed_at  timestamptz NOT NULL,
    PRIMARY KEY (dictionary, revision)
);
