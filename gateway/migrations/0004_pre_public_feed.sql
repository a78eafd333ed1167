-- The feed keeps public events alone; the old code, which says so for each, still runs beside the new.
ALTER TABLE feed ALTER COLUMN public SET DEFAULT true;
