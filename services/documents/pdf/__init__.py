"""Letters, seals, recognition and uploads, as pure functions on bytes, and the worker pool that runs them."""
