"""`python -m shared.messaging dead list|show|replay|drop` looks after messages that could not be handled."""

import sys

from shared.messaging import dead_letters

if sys.argv[1:2] != ["dead"]:
    sys.exit("python -m shared.messaging dead list|show|replay|drop [--queue QUEUE] [--id ID]")
sys.exit(dead_letters.main(sys.argv[2:]))
