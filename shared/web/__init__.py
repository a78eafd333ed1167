"""The HTTP kit of every service: routes, problem documents, idempotency, OpenAPI, health."""
