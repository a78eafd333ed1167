"""The feed: every public event of the platform, each subject's in their order, to be read from any point on."""
