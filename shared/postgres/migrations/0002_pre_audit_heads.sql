-- Where each subject's chain of audit entries ends, so that the last entry cannot be taken away unseen either,
-- and so that two writers of one subject wait for each other instead of taking the same number.
CREATE TABLE audit_head (
    subject_id uuid PRIMARY KEY,
    entry      bigint NOT NULL,
    hash       bytea  NOT NULL
);

-- An entry's hash, over the one before it and all that the entry says. A JSON array tells what is null from
-- what is empty and where one text ends; the time is in microseconds, whatever the session's time zone.
CREATE FUNCTION audit_hash(
    previous bytea, subject_id uuid, entry bigint, happened_at timestamptz, actor text, address text,
    action text, correlation_id text, before jsonb, after jsonb
) RETURNS bytea LANGUAGE sql STABLE AS $$
    SELECT sha256(previous || convert_to(jsonb_build_array(
        subject_id, entry, (extract(epoch FROM happened_at) * 1000000)::bigint, actor, address,
        action, correlation_id, before, after)::text, 'UTF8'))
$$;

-- Entries from before this migration keep their content and join the new chains.
ALTER TABLE audit DISABLE TRIGGER audit_is_append_only;
DO $$
DECLARE
    one record;
    previous bytea;
BEGIN
    FOR one IN SELECT * FROM audit ORDER BY subject_id, entry LOOP
        SELECT hash INTO previous FROM audit_head WHERE subject_id = one.subject_id;
        previous := audit_hash(
            coalesce(previous, ''), one.subject_id, one.entry, one.happened_at, one.actor, one.address,
            one.action, one.correlation_id, one.before, one.after);
        UPDATE audit SET hash = previous WHERE subject_id = one.subject_id AND entry = one.entry;
        INSERT INTO audit_head VALUES (one.subject_id, one.entry, previous)
        ON CONFLICT (subject_id) DO UPDATE SET entry = excluded.entry, hash = excluded.hash;
    END LOOP;
END
$$;
ALTER TABLE audit ENABLE TRIGGER audit_is_append_only;
