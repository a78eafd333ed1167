"""The HTTP interface that every service has: routes, problem documents, idempotency, OpenAPI, health."""
