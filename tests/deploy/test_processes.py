"""Signals reach the intended process, never one that reuses its id."""

import os
import signal
import subprocess
import sys

import pytest

from deploy.laptop.stack.processes import ProcessIdentity, wait_until


def sleeper() -> subprocess.Popen[bytes]:
    """A process that does nothing for a while."""
    return subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])


def test_a_running_process_is_alive_and_a_killed_one_is_gone_even_before_it_is_reaped() -> None:
    child = sleeper()
    identity = ProcessIdentity.of(child.pid)
    assert identity.alive()
    assert identity.send(signal.SIGKILL)
    assert identity.wait_gone(10)
    child.wait(10)
    assert not identity.alive()


def test_a_process_with_a_reused_id_gets_no_signal() -> None:
    child = sleeper()
    former = ProcessIdentity(child.pid, "1")
    assert not former.alive()
    assert not former.send(signal.SIGKILL)
    former.end(1)
    assert child.poll() is None
    child.kill()
    child.wait(10)


def test_a_process_that_ignores_the_request_is_ended() -> None:
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); time.sleep(60)"
    child = subprocess.Popen([sys.executable, "-c", deaf], stdout=subprocess.PIPE)
    assert child.stdout is not None
    child.stdout.readline()
    ProcessIdentity.of(child.pid).end(0.2)
    assert child.wait(10) == -signal.SIGKILL
    child.stdout.close()


def test_a_missing_process_has_no_identity() -> None:
    child = sleeper()
    child.kill()
    child.wait(10)
    with pytest.raises(ProcessLookupError):
        ProcessIdentity.of(child.pid)


def test_waiting_ends_with_the_condition_or_with_the_time() -> None:
    assert wait_until(lambda: True, 0)
    assert not wait_until(lambda: False, 0.05)
    assert ProcessIdentity.of(os.getpid()).alive()
