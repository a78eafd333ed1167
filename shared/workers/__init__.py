"""The worker pool: processes without rights, in which all that reads hostile files happens."""
