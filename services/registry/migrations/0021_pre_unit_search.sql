-- The names of units are searched as all names are: without case, width, spaces, brackets and look-alikes
-- (O/0, I/1, Z/2, S/5).
ALTER TABLE unit ADD COLUMN searched text NOT NULL DEFAULT '';
UPDATE unit SET searched = translate(
    regexp_replace(lower(normalize(name, NFKC)), '[[:space:][:punct:]]', '', 'g'), 'oizs', '0125'
);
ALTER TABLE unit ALTER COLUMN searched DROP DEFAULT;
