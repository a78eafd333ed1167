"""`python -m services.review [run|migrate]`."""

from services.review.composition import SERVICE

if __name__ == "__main__":
    SERVICE.main()
