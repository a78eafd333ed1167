-- Subjects that were archived or deleted: their cases and those of what belongs to them are closed, also the case of a
-- filing that arrives after the closing (INS-5).
CREATE TABLE closed_subject (
    subject_id uuid PRIMARY KEY,
    what       text NOT NULL CHECK (what IN ('archived', 'deleted')),
    reason     text NOT NULL,
    by_id      uuid NOT NULL,
    by_name    text NOT NULL
);
CREATE INDEX review_case_parent ON review_case (parent_id, case_id)
    WHERE parent_id IS NOT NULL AND stage IN ('under_review', 'returned');
