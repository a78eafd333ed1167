"""Every SQL statement of the review service: units, cases under lock, and what is read of them."""
