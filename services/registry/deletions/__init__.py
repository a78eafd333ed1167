"""The deletion of records that were never approved: nothing of them stays but the audit trail (INS-5)."""
