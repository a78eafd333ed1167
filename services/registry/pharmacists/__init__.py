"""Pharmacists of retail pharmacies."""
