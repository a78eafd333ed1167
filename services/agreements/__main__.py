"""`python -m services.agreements [run|migrate]`."""

from services.agreements.composition import SERVICE

if __name__ == "__main__":
    SERVICE.main()
