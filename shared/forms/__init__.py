"""Forms: one definition of a record's fields, which validation, storage, export and clients all use.

`Form` names fields and attachments with labels, exchange names and conditions. `filling` decides what a form
accepts and what it lacks, `versions` compares and exports values, `description` tells clients what the form is.
All of it is pure: dictionaries, regions and the day are passed in.
"""
