"""The reverse proxy from the public interface to the services."""
