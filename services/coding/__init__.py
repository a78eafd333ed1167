"""Assigns codes to records: assignment, policies, public look-up."""
