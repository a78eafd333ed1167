"""How Fuma runs: what deploys it, and under `laptop` what helps on one machine."""
