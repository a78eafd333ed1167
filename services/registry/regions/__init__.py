"""Which regions there are: the civil-affairs divisions with the insurance regions beside them (REG-1)."""
