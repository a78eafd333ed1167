"""`python -m services.documents [run|migrate]`."""

from services.documents.composition import SERVICE

if __name__ == "__main__":
    SERVICE.main()
