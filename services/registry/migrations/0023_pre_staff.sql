-- Staff: one record for each person of a kind at a provider (STA-2). The code is the practitioner's: a person of a kind.
SELECT make_record_tables(kind) FROM unnest(ARRAY['physician', 'nurse', 'pharmacist']) AS kind;
ALTER TABLE physician DROP CONSTRAINT physician_code_key;
ALTER TABLE nurse DROP CONSTRAINT nurse_code_key;
ALTER TABLE pharmacist DROP CONSTRAINT pharmacist_code_key;

-- The ID numbers of a person as keyed hashes of type and number, former numbers too (STA-5).
CREATE TABLE person_identity (
    identity  bytea PRIMARY KEY,
    person_id uuid NOT NULL
);
CREATE INDEX ON person_identity (person_id);

-- One person, one code of a kind, whatever the number of practice places (COD-5).
CREATE TABLE practitioner (
    practitioner_id uuid PRIMARY KEY,
    kind            text   NOT NULL,
    person_id       uuid   NOT NULL,
    event_version   bigint NOT NULL DEFAULT 0,
    UNIQUE (person_id, kind)
);
