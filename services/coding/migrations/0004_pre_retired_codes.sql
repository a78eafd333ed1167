-- A holder that is archived gets no code any more; the code that it holds is retired since then (COD-4).
ALTER TABLE holder ADD COLUMN archived_at timestamptz;
