"""Which service serves which collections of the public HTTP interface; the gateway routes by nothing else."""

SERVICE_OF: dict[str, str] = {
    "regions": "registry",
    "units": "registry",
    "accounts": "registry",
    "authorisations": "registry",
    "institutions": "registry",
    "forms": "registry",
    "dictionaries": "registry",
    "documents": "documents",
    "letters": "documents",
    "cases": "review",
    "subjects": "review",
    "review-jobs": "review",
    "codes": "coding",
    "code-policies": "coding",
    "coding-jobs": "coding",
    "agencies": "agreements",
    "agreements": "agreements",
    "library-runs": "agreements",
}
