"""Who is next: fair between accounts, letters apart, short work before long. Decides alone; time is passed in.

There are three lanes, each with slots of its own. LETTERS is the platform's own work. Uploads start in SHORT,
where the account that has used the least time lately goes first. One that is not done after its time slice gives
way as soon as another waits: it moves to LONG with its worker or, where LONG is full, is begun again there later.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from itertools import count
from uuid import UUID

from shared.workers.problems import TooManyUploadsAtOnce, WorkersBusy

_RETRY_SECONDS = 5
_REMEMBERED_SECONDS = 60.0


class Lane(StrEnum):
    """Where work waits and which slots it may take."""

    LETTERS = "letters"
    SHORT = "short"
    LONG = "long"


@dataclass(frozen=True, slots=True)
class Share:
    """Whose work it is and how many bytes it has; without an account it is the platform's own."""

    account: UUID | None = None
    size: int = 0


PLATFORM = Share()


@dataclass(eq=False, slots=True)
class Ticket:
    """One piece of work, from its admission to its end; `slot` is what it holds since `since`."""

    share: Share
    number: int
    lane: Lane
    slot: Lane | None = None
    since: float = 0.0
    demoted: bool = False
    preempted: bool = False


@dataclass(frozen=True, slots=True)
class SchedulerLimits:
    """Short slots; seconds before work must give way; works of one account at once; how many may wait."""

    short_slots: int = 2
    slice_seconds: float = 2.0
    account_limit: int = 6
    waiting_limit: int = 64


class Scheduler:
    """The tickets that wait and run. Slots are added as workers come up, and after each piece of work."""

    def __init__(self, limits: SchedulerLimits) -> None:
        self._limits = limits
        self._numbers = count()
        self._free: Counter[Lane] = Counter()
        self._admitted: Counter[UUID] = Counter()
        self._used: dict[UUID, tuple[float, float]] = {}
        self._waiting: list[Ticket] = []
        self._running: set[Ticket] = set()

    def check(self, share: Share) -> None:
        """Raises TooManyUploadsAtOnce where the account's share is used up, WorkersBusy where too many wait."""
        if share.account is None:
            return
        limit = self._limits.account_limit
        if self._admitted[share.account] >= limit:
            raise TooManyUploadsAtOnce(limit=limit).after(_RETRY_SECONDS)
        if len(self._waiting) >= self._limits.waiting_limit:
            raise WorkersBusy().after(_RETRY_SECONDS)

    def admit(self, share: Share) -> Ticket:
        """A ticket; raises as `check` does."""
        self.check(share)
        if share.account is not None:
            self._admitted[share.account] += 1
        return Ticket(share, next(self._numbers), Lane.SHORT if share.account else Lane.LETTERS)

    def leave(self, ticket: Ticket) -> None:
        """The work is done, however it ended."""
        if (account := ticket.share.account) is not None:
            self._admitted[account] -= 1
            if not self._admitted[account]:
                del self._admitted[account]

    def refusal(self, ticket: Ticket, now: float) -> TooManyUploadsAtOnce | WorkersBusy:
        """Why it has waited too long: for other work of its own account, or for that of others."""
        account = ticket.share.account
        if account is not None and (self._admitted[account] > 1 or self._used_lately(account, now) > 0):
            return TooManyUploadsAtOnce(limit=self._admitted[account]).after(_RETRY_SECONDS)
        return WorkersBusy().after(_RETRY_SECONDS)

    def enqueue(self, ticket: Ticket) -> None:
        """It waits from now on; work that was stopped goes to the LONG lane."""
        if ticket.preempted:
            ticket.lane, ticket.preempted = Lane.LONG, False
        self._waiting.append(ticket)

    def withdraw(self, ticket: Ticket) -> None:
        """It waits no longer."""
        if ticket in self._waiting:
            self._waiting.remove(ticket)

    def add_slot(self, slot: Lane) -> None:
        """One more piece of work may run in this lane."""
        self._free[slot] += 1

    def release(self, ticket: Ticket, now: float) -> Lane:
        """It runs no longer; its slot, which is free once it is added again."""
        slot, account = ticket.slot, ticket.share.account
        if slot is None:
            raise ValueError("a ticket that does not run holds no slot")
        self._running.remove(ticket)
        ticket.slot, ticket.demoted = None, False
        if account is not None:
            self._used[account] = (self._used_lately(account, now) + now - ticket.since, now)
        return slot

    def next(self, now: float) -> Ticket | None:
        """The ticket that runs from now on, if one waits for a slot that is free."""
        for slot in Lane:
            if self._free[slot] > 0 and (ticket := self._first(slot, now)):
                self._free[slot] -= 1
                self._waiting.remove(ticket)
                self._running.add(ticket)
                ticket.slot, ticket.since = slot, now
                return ticket
        return None

    def free_worker(self, now: float) -> Ticket | None:
        """A ticket that has had its time slice while another waits: moved to the LONG lane, or to be stopped.

        An account's own work is moved for its further work, but not stopped for it.
        """
        waiting = [ticket for ticket in self._waiting if ticket.lane is Lane.SHORT]
        accounts = {ticket.share.account for ticket in waiting}
        others = {ticket.share.account for ticket in waiting if self._may_run(ticket)}
        overdue = [
            ticket
            for ticket in self._running
            if self._is_overdue(ticket, now) and (others or ticket.share.account in accounts)
        ]
        longest = min(overdue, key=lambda ticket: (ticket.since, ticket.number), default=None)
        if longest is not None and self._free[Lane.LONG] > 0:
            self._free[Lane.LONG] -= 1
            self._free[Lane.SHORT] += 1
            longest.slot, longest.demoted = Lane.LONG, True
            return longest
        if longest is not None and len(others) > sum(ticket.preempted for ticket in self._running):
            longest.preempted = True
            return longest
        return None

    def count_waiting(self, lane: Lane) -> int:
        """How many wait in a lane."""
        return sum(ticket.lane is lane for ticket in self._waiting)

    def _first(self, slot: Lane, now: float) -> Ticket | None:
        eligible = [ticket for ticket in self._waiting if ticket.lane is slot and self._may_run(ticket)]
        if not eligible and slot is Lane.SHORT:
            eligible = [ticket for ticket in self._waiting if ticket.lane is Lane.LETTERS]
        return min(eligible, key=self._rank(now), default=None)

    def _rank(self, now: float) -> Callable[[Ticket], tuple[float, int, int]]:
        """Least used first, then the smaller, then the earlier."""

        def rank(ticket: Ticket) -> tuple[float, int, int]:
            account = ticket.share.account
            used = 0.0 if account is None else self._used_lately(account, now) + self._running_now(account, now)
            return used, ticket.share.size, ticket.number

        return rank

    def _may_run(self, ticket: Ticket) -> bool:
        """One account never holds every short slot, so that another's work finds one at once."""
        account = ticket.share.account
        if account is None or ticket.lane is Lane.LONG:
            return True
        held = sum(one.slot is Lane.SHORT and one.share.account == account for one in self._running)
        return held < max(1, self._limits.short_slots - 1)

    def _is_overdue(self, ticket: Ticket, now: float) -> bool:
        own = ticket.share.account is None
        served = now - ticket.since >= self._limits.slice_seconds
        return ticket.slot is Lane.SHORT and not own and served and not ticket.preempted

    def _used_lately(self, account: UUID, now: float) -> float:
        used, until = self._used.get(account, (0.0, now))
        if now - until > _REMEMBERED_SECONDS:
            del self._used[account]
            return 0.0
        return used

    def _running_now(self, account: UUID, now: float) -> float:
        return sum(now - ticket.since for ticket in self._running if ticket.share.account == account)
