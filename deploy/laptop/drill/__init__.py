"""The fault drill: parts of a platform are killed and frozen under load; afterwards everything is counted."""
