"""`python -m gateway [run|migrate]`."""

from gateway.composition import SERVICE

if __name__ == "__main__":
    SERVICE.main()
