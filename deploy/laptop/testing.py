"""`python3 -m deploy test`: the checks, then the tests on one real Postgres and RabbitMQ."""

import os
import subprocess
import sys
from contextlib import ExitStack

from deploy.laptop.checks import run_checks
from deploy.laptop.stack.plan import ROOT
from deploy.laptop.stack.shared_servers import shared_servers
from deploy.laptop.steps import Steps


def run_tests(arguments: list[str]) -> int:
    """Runs checks and tests; arguments go to pytest. Both are always run, so that one run shows all."""
    with Steps() as steps, ExitStack() as stack:
        failed_checks = run_checks(steps)
        steps.begin("Postgres, RabbitMQ")
        addresses = stack.enter_context(shared_servers())
        steps.finish()
        command = [sys.executable, "-m", "pytest", *arguments]
        status = subprocess.run(command, check=False, cwd=ROOT, env=os.environ | addresses).returncode
    for check in failed_checks:
        print(f"未通过 / failed: {check}", file=sys.stderr)
    return status or bool(failed_checks)
