-- Private events carry personal data: none of them stays.
DELETE FROM feed WHERE NOT public;
ALTER TABLE feed DROP COLUMN public;
