"""The platform on one machine: private servers, the services, and who keeps them running."""
