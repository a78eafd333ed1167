"""Who maintains what, as the registry tells: one projection for all services that decide sight by it."""
