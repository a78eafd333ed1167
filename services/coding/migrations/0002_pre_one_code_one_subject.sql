-- A code belongs to a subject, for ever: `holder` has both, each once. Identities are a history that points to it.
ALTER TABLE bearer RENAME TO holder;
ALTER INDEX bearer_pkey RENAME TO holder_pkey;
ALTER TABLE holder RENAME COLUMN institution_type TO provider_type;
ALTER TABLE holder
    ADD COLUMN kind          text,
    ADD COLUMN approved_at   timestamptz,
    ADD COLUMN assigned_at   timestamptz,
    ADD COLUMN refused_for   uuid,
    ADD COLUMN event_version bigint NOT NULL DEFAULT 0;
UPDATE holder SET
    kind = CASE WHEN identity IS NULL THEN NULL ELSE 'institution' END,
    approved_at = CASE WHEN identity IS NULL THEN NULL ELSE now() END,
    event_version = CASE WHEN code IS NOT NULL THEN 2 WHEN awaited THEN 1 ELSE 0 END;

-- Two subjects may have been given one code: it stays with the one that it was assigned to first.
UPDATE holder SET code = NULL, refused_for = code.subject_id
FROM code WHERE holder.code = code.code AND holder.subject_id <> code.subject_id;
UPDATE holder SET assigned_at = code.assigned_at FROM code WHERE holder.code = code.code;

ALTER TABLE holder
    ADD CONSTRAINT holder_code_key UNIQUE (code),
    ADD CONSTRAINT holder_code_is_complete CHECK (
        code IS NULL OR (assigned_at IS NOT NULL AND kind IS NOT NULL AND identity IS NOT NULL)
    );
-- Those who wait for a code, for the job that settles them after a change of policy.
CREATE INDEX holder_waiting ON holder (kind, subject_id) WHERE code IS NULL;

CREATE FUNCTION refuse_another_code() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the code % of % is for ever', OLD.code, OLD.subject_id;
END $$;
CREATE TRIGGER code_is_for_ever BEFORE UPDATE OF code ON holder FOR EACH ROW
    WHEN (OLD.code IS NOT NULL AND NEW.code IS DISTINCT FROM OLD.code) EXECUTE FUNCTION refuse_another_code();
CREATE TRIGGER holder_of_a_code_is_for_ever BEFORE DELETE ON holder FOR EACH ROW
    WHEN (OLD.code IS NOT NULL) EXECUTE FUNCTION refuse_another_code();

-- Every identity that a holder of a code has borne in force, with the name as it was written then.
CREATE TABLE identity (
    kind       text        NOT NULL,
    identity   text        NOT NULL,
    subject_id uuid        NOT NULL REFERENCES holder,
    name       text        NOT NULL,
    since      timestamptz NOT NULL,
    PRIMARY KEY (kind, identity)
);
CREATE INDEX identity_subject ON identity (subject_id);
INSERT INTO identity SELECT kind, identity, subject_id, name, assigned_at FROM code;
INSERT INTO identity SELECT kind, identity, subject_id, name, approved_at FROM holder WHERE code IS NOT NULL
ON CONFLICT DO NOTHING;
DROP TABLE code;

ALTER TABLE policy RENAME COLUMN institution_type TO type_prefix;
ALTER TABLE policy RENAME COLUMN moment TO assign_on;
ALTER TABLE policy ADD COLUMN kind text NOT NULL DEFAULT 'institution';
ALTER TABLE policy ALTER COLUMN kind DROP DEFAULT, DROP CONSTRAINT policy_pkey, ADD PRIMARY KEY (kind, type_prefix);

-- The formats of the national coding rules (国家医疗保障信息业务编码): prefix, region, serial of so many digits. H, P,
-- D, HY and HJ are as published; N for nurses and Y for retail pharmacists were not found in a source, and can be
-- changed here before the first of their codes is assigned. Two kinds never share a prefix, nor their serials.
CREATE TABLE code_format (
    kind   text     PRIMARY KEY,
    prefix text     NOT NULL UNIQUE CHECK (prefix ~ '^[A-Z]{1,3}$'),
    digits smallint NOT NULL CHECK (digits BETWEEN 1 AND 9)
);
INSERT INTO code_format VALUES
    ('institution', 'H', 5), ('pharmacy', 'P', 5), ('physician', 'D', 6), ('nurse', 'N', 6),
    ('hospital_pharmacist', 'HY', 6), ('hospital_technician', 'HJ', 6), ('retail_pharmacist', 'Y', 6);
ALTER TABLE policy ADD FOREIGN KEY (kind) REFERENCES code_format;
