"""The main journey, played against a running platform through its HTTP door alone."""
