"""Which code a record bears: assignment, policies, public look-up."""
