"""Events between services: recorded in the outbox, published with confirms, handled once by the inbox."""
