-- An event lies here for some milliseconds: one of ordinary length is not worth compressing.
ALTER TABLE outbox SET (toast_tuple_target = 8160);
