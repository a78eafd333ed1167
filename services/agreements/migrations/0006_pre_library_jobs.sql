-- A run is a job now: the job knows how far it has come and that there is one at a time, `library_run` what the runs
-- have entered. A run that was open ends here, and the first job enters what it has left.
UPDATE library_run SET finished_at = now() WHERE finished_at IS NULL;
DROP INDEX library_run_open, library_run_started;
ALTER TABLE library_run DROP COLUMN reached;
