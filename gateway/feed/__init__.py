"""The feed: every public event of the platform, in order for each subject, readable from any position."""
