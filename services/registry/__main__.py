"""`python -m services.registry [run|migrate|bootstrap]`."""

import sys

from services.registry import bootstrap
from services.registry.composition import SERVICE

if __name__ == "__main__":
    if sys.argv[1:2] == ["bootstrap"]:
        bootstrap.main(sys.argv[2:])
    else:
        SERVICE.main()
