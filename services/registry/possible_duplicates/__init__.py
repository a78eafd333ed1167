"""Records of so similar names that they may be one provider: a warning beside the duplicate test (AUT-2)."""
