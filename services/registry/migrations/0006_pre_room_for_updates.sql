-- A record is written many times on its way through review. Room on its page keeps the new version beside the old
-- one, so that no index (the search index above all) learns of a change that does not concern it; and a record of
-- ordinary length is not compressed anew each time.
ALTER TABLE institution SET (fillfactor = 50, toast_tuple_target = 4096);
