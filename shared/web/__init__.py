"""The HTTP door that every service has: routes, problem documents, idempotency, OpenAPI, health."""
