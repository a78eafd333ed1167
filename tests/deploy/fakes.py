"""A fake service: migrates one table, answers health requests, and can be made to exit."""

import asyncio
import os
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import asyncpg


async def migrate(process: str) -> None:
    """Makes one table as the schema's owner."""
    connection = await asyncpg.connect(os.environ["FUMA_POSTGRES_OWNER_DSN"])
    await connection.execute(f"CREATE TABLE IF NOT EXISTS {process}.visit (id bigserial PRIMARY KEY)")
    await connection.close()


class Health(BaseHTTPRequestHandler):
    """Live and ready as soon as it listens."""

    def do_GET(self) -> None:
        """Answers 200 to health requests."""
        known = urlsplit(self.path).path in {"/health/live", "/health/ready", "/health/messaging"}
        self.send_response(200 if known else 404)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Says nothing."""


def main() -> None:
    """Runs one subcommand, as the real processes do."""
    process, subcommand = sys.argv[1:3]
    if subcommand == "migrate":
        asyncio.run(migrate(process))
    elif subcommand == "run":
        host = os.environ["FUMA_HTTP_HOST"]
        operators = ThreadingHTTPServer((host, int(os.environ["FUMA_OPERATIONS_PORT"])), Health)
        threading.Thread(target=operators.serve_forever, daemon=True).start()
        ThreadingHTTPServer((host, int(os.environ["FUMA_HTTP_PORT"])), Health).serve_forever()


if __name__ == "__main__":
    main()
