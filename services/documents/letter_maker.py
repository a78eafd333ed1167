"""From what an authorisation says to its letter: the statement, sealed, and the file in the store."""

import asyncio

from services.documents.files import FileStore
from services.documents.pdf.letter import Enterprise, Letter, LetterInstitution, Person, letter_pdf
from services.documents.pdf.letter_text import Scope
from services.documents.pdf.problems import LetterNotDrawable
from services.documents.pdf.seal import seal
from services.documents.rules import LetterFailure, StoredFile
from services.documents.store import letters
from shared.clock import china_today
from shared.contracts.registry.events import AuthorisationPrepared, AuthorisedProvider
from shared.messaging.kinds import KindNotKnownYet
from shared.postgres.transaction import UnitOfWork
from shared.problems import RuleBroken
from shared.workers.pool import WorkerPool
from shared.workers.scheduler import PLATFORM


class LetterDelayed(Exception):
    """The letter could not be made now; the event waits and comes again."""


def statement(event: AuthorisationPrepared, key: bytes) -> Letter:
    """What the letter states, sealed; the same event always gives the same statement (AUT-5).

    Raises KindNotKnownYet where it opens a scope for which this version has no words.
    """
    chain = event.enterprise
    return Letter(
        number=event.letter_number,
        version=event.letter_version,
        issued_on=china_today(event.prepared_at),
        person=Person(event.person_name, event.person_id_masked, event.username),
        institutions=tuple(map(_institution, event.providers)),
        scopes=tuple(map(_scope, event.scopes)),
        sealed=seal(key, event.letter_number, event.letter_version),
        enterprise=Enterprise(chain.name, chain.uscc) if chain else None,
    )


def _institution(one: AuthorisedProvider) -> LetterInstitution:
    former = one.former_maintainer
    return LetterInstitution(one.name, one.uscc, one.licence_number, former.name_masked if former else None)


def _scope(scope: str) -> Scope:
    try:
        return Scope(scope)
    except ValueError as error:
        raise KindNotKnownYet(f"a letter with the scope {scope!r}") from error


class LetterMaker:
    """Makes letters, so many at a time that a flood of them leaves room for people's uploads."""

    def __init__(self, pool: WorkerPool, files: FileStore, work: UnitOfWork, key: bytes, at_once: int) -> None:
        self._pool = pool
        self._files = files
        self._work = work
        self._key = key
        self._turn = asyncio.Semaphore(at_once)

    async def made(self, event: AuthorisationPrepared) -> StoredFile | LetterFailure | None:
        """The letter in the store, or why there is none; None where it was made before. Raises LetterDelayed."""
        async with self._turn:
            async with self._work.reading() as rows:
                if await letters.has_letter(rows, event.subject_id, event.letter_version):
                    return None
            try:
                pdf_file = await self._pool.call(PLATFORM, letter_pdf, statement(event, self._key))
            except LetterNotDrawable as refusal:
                return LetterFailure(str(refusal.facts["characters"]))
            except RuleBroken as refusal:
                # A refusal would count as the event's own fault; here it tells that the worker pool is in trouble.
                raise LetterDelayed(str(refusal)) from refusal
            return StoredFile(await self._files.put(pdf_file.pdf), pdf_file.pages, len(pdf_file.pdf))
