"""How Fuma runs: on one machine, in containers, and on Kubernetes."""
