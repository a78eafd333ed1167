"""The paper room: letters, seals, recognition and uploads, as pure functions on bytes, and their worker pool."""
