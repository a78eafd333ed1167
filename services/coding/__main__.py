"""`python -m services.coding [run|migrate]`."""

from services.coding.composition import SERVICE

if __name__ == "__main__":
    SERVICE.main()
