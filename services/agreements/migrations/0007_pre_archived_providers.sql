-- An archived provider signs no agreement any more, and those that it has end (INS-5).
ALTER TABLE provider ADD COLUMN archived_at timestamptz;
ALTER TABLE agreement
    DROP CONSTRAINT agreement_state_check,
    -- Not validated: what the former constraint let in, this one lets in.
    ADD CONSTRAINT agreement_state_check CHECK (state IN ('to_confirm', 'confirmed', 'terminated', 'ended')) NOT VALID;
DROP INDEX agreement_due;
CREATE INDEX agreement_due ON agreement (agreement_id) WHERE entered_version < version
    AND (state = 'confirmed' OR (state IN ('terminated', 'ended') AND entered_version > 0));
