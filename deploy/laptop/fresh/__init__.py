"""The README's commands, tried on a minimal Debian that has nothing."""
