"""From the public interface to the service that serves it."""
