"""The archive of providers: a superior unit closes one for ever, its staff and applications with it (INS-5)."""
