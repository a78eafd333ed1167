"""A compromised worker reads no secret, writes no file, opens no connection and signals no process."""

import os
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pillow_heif
import pytest
import pytest_asyncio

from services.documents.pdf.letter import letter_pdf
from services.documents.pdf.pages import Upload, accept
from services.documents.pdf.recognition import recognise
from services.documents.worker_code import pdf_workers
from shared.workers.limits import WorkerLimits
from shared.workers.pool import WorkerPool
from shared.workers.sandbox import Confinement
from shared.workers.scheduler import PLATFORM
from shared.workers.seccomp import filter_program
from shared.workers.supervisor import ConfinementMissing, check_confinement
from tests.integration.documents import pdf_tasks, sandbox_escapes
from tests.unit.documents import uploads
from tests.unit.documents.letters import letter

module_loop = pytest.mark.asyncio(loop_scope="module")
LIMITS = WorkerLimits(workers=1, confined=True)
HERE = Path(__file__).parents[3]
REFUSED = "refused: PermissionError"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pool() -> AsyncIterator[WorkerPool]:
    async with WorkerPool(
        pdf_workers().with_modules(sandbox_escapes.__name__, pdf_tasks.__name__), LIMITS
    ) as pool:
        yield pool


@module_loop
@pytest.mark.parametrize(
    "deed",
    [
        sandbox_escapes.read_service_environment,
        sandbox_escapes.write_temporary,
        sandbox_escapes.open_tcp_socket,
        sandbox_escapes.open_unix_socket,
        sandbox_escapes.make_socket_pair,
        sandbox_escapes.execute,
        sandbox_escapes.replace_itself,
        sandbox_escapes.fork,
        sandbox_escapes.signal_service,
        sandbox_escapes.trace_service,
        sandbox_escapes.change_limits_of_service,
        sandbox_escapes.make_memory_file,
        sandbox_escapes.become_root,
        sandbox_escapes.leave_user_namespace,
    ],
)
async def test_a_worker_may_not(pool: WorkerPool, deed: Callable[[], str]) -> None:
    assert await pool.call(PLATFORM, deed) == REFUSED


@module_loop
async def test_a_worker_may_not_touch_the_secrets_folder(pool: WorkerPool, tmp_path: Path) -> None:
    secret = tmp_path / "letters.key"
    secret.write_text("secret")
    for deed in (sandbox_escapes.read, sandbox_escapes.write, sandbox_escapes.remove):
        assert await pool.call(PLATFORM, deed, str(secret)) == REFUSED
    assert await pool.call(PLATFORM, sandbox_escapes.list_folder, str(tmp_path)) == REFUSED
    assert await pool.call(PLATFORM, sandbox_escapes.link, str(secret), str(tmp_path / "link")) == REFUSED
    assert secret.read_text() == "secret"


@module_loop
async def test_a_worker_may_not_look_around(pool: WorkerPool) -> None:
    for folder in ("/", "/etc", "/home", "/tmp", "/proc", "/sys", "/var", str(HERE)):
        assert await pool.call(PLATFORM, sandbox_escapes.list_folder, folder) == REFUSED
    for file in ("/etc/hostname", "/proc/self/environ", "/proc/mounts", str(HERE / "pyproject.toml")):
        assert await pool.call(PLATFORM, sandbox_escapes.read, file) == REFUSED


@module_loop
async def test_a_worker_may_not_signal_another(pool: WorkerPool) -> None:
    for pid in pool.worker_pids | {os.getpid()}:
        assert await pool.call(PLATFORM, sandbox_escapes.stop_another, pid) == REFUSED


@module_loop
async def test_a_worker_does_all_its_work(pool: WorkerPool) -> None:
    pdf = (await pool.call(PLATFORM, letter_pdf, letter())).pdf
    assert (await pool.call(PLATFORM, recognise, pdf)).codes
    pillow_heif.register_heif_opener()
    picture = uploads.marked_picture()
    for kind in ("JPEG", "PNG", "HEIF"):
        paper = await pool.call(PLATFORM, accept, [Upload(uploads.saved(picture, kind), 90)])
        assert paper.pages == 1
        assert (await pool.call(PLATFORM, recognise, paper.pdf)).codes == ()


@module_loop
async def test_a_worker_that_is_not_confined_is_detected_and_refused(pool: WorkerPool) -> None:
    assert pool.confinement.remaining == ()
    assert pool.confinement.layers["seccomp"] == "applied"
    bare = Confinement({"seccomp": "not available: x"}, ("open a socket",))
    with pytest.raises(ConfinementMissing, match=r"able to open a socket .*seccomp: not available"):
        check_confinement(bare, required=True)
    check_confinement(bare, required=False)


def test_the_escapes_succeed_without_confinement(tmp_path: Path) -> None:
    """Each escape succeeds in a child process with all rights, so the tests of the sandbox can fail."""
    import subprocess

    calls = "read_service_environment write_temporary open_tcp_socket execute fork signal_service make_memory_file"
    code = f"from {sandbox_escapes.__name__} import *\nfor one in '{calls}'.split(): print(globals()[one]()[:4])"
    environment: dict[str, Any] = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "TMPDIR": str(tmp_path)}
    ran = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["done"] * len(calls.split())


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_each_architecture_has_a_filter(machine: str) -> None:
    assert len(filter_program(machine)) % 8 == 0
    with pytest.raises(KeyError):
        filter_program("vax")
