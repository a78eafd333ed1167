"""Which special institutions may be maintained at present: a policy that the nation's unit sets (AUT-4)."""
