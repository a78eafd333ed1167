"""Events between services: recorded with the state, published with confirms, handled once in effect."""
