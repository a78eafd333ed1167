"""The description of the interfaces: OpenAPI, AsyncAPI, the reference page."""
