"""Maps the collections of the public HTTP interface to the services that serve them; the gateway routes by it."""

SERVICE_OF: dict[str, str] = {
    "regions": "registry",
    "units": "registry",
    "accounts": "registry",
    "authorisations": "registry",
    "admissions": "registry",
    "institutions": "registry",
    "pharmacies": "registry",
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
