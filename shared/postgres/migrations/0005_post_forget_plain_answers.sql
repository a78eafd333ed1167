-- Answers were kept in plain text, and without a caller under the key alone; those kept now are encrypted and
-- begin with the byte 01.
DELETE FROM idempotency WHERE reply IS NULL OR get_byte(reply || '\x00', 0) <> 1;
