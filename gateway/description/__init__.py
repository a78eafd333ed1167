"""What the interfaces look like: OpenAPI, AsyncAPI, the reference page."""
