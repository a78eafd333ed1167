"""The main journey, played against a running platform through its HTTP interface alone."""
