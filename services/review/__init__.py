"""Who decides next: the way of a filing through the units, from the county to the nation."""
