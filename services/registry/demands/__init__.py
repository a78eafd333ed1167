"""Local demands: attachments that a unit asks of the records of its region beyond the nation's form (INS-13)."""
