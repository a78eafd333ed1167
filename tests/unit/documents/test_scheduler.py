"""Who is next: fair between accounts, letters apart, short work before long."""

from uuid import UUID

import pytest

from shared.ids import new_id
from shared.workers.problems import TooManyUploadsAtOnce, WorkersBusy
from shared.workers.scheduler import PLATFORM, Lane, Scheduler, SchedulerLimits, Share, Ticket

SLOW, HONEST, THIRD = (new_id() for _ in range(3))
LIMITS = SchedulerLimits(short_slots=2, slice_seconds=2.0, account_limit=6, waiting_limit=8)


def scheduler(limits: SchedulerLimits = LIMITS, slots: str = "letters short short long") -> Scheduler:
    made = Scheduler(limits)
    for slot in slots.split():
        made.add_slot(Lane(slot))
    return made


def put(plan: Scheduler, account: UUID | None, size: int = 0) -> Ticket:
    ticket = plan.admit(Share(account, size) if account else PLATFORM)
    plan.enqueue(ticket)
    return ticket


def granted(plan: Scheduler, now: float) -> list[Ticket]:
    return list(iter(lambda: plan.next(now), None))


def test_one_account_never_holds_every_short_slot() -> None:
    plan = scheduler()
    slow = [put(plan, SLOW) for _ in range(6)]
    assert granted(plan, 0) == slow[:1]
    honest = put(plan, HONEST)
    assert granted(plan, 0.1) == [honest]


def test_a_letter_does_not_wait_for_uploads() -> None:
    plan = scheduler()
    assert len([*granted_after(plan, SLOW, HONEST)]) == 2
    letter = put(plan, None)
    assert granted(plan, 1) == [letter]
    assert letter.slot is Lane.LETTERS


def test_letters_use_the_slots_that_no_upload_waits_for() -> None:
    plan = scheduler()
    letters = [put(plan, None) for _ in range(4)]
    assert granted(plan, 0) == letters[:3]


def granted_after(plan: Scheduler, *accounts: UUID) -> list[Ticket]:
    for account in accounts:
        put(plan, account)
    return granted(plan, 0)


def test_who_has_used_the_least_time_lately_goes_first_then_the_smaller() -> None:
    plan = scheduler(slots="short")
    (slow,) = granted_after(plan, SLOW)
    plan.add_slot(plan.release(slow, now=10))
    late = [put(plan, SLOW), put(plan, HONEST, size=2), put(plan, THIRD, size=1)]
    order = []
    for now in (11, 11.1, 11.2):
        (ticket,) = granted(plan, now)
        order.append(ticket)
        plan.add_slot(plan.release(ticket, now + 0.05))
    assert order == [late[2], late[1], late[0]]


def test_work_over_its_time_slice_moves_to_the_long_lane_for_those_who_wait() -> None:
    plan = scheduler()
    slow, third = granted_after(plan, SLOW, THIRD)
    assert plan.free_worker(3) is None, "nobody waits"
    honest = put(plan, HONEST)
    assert plan.free_worker(1.9) is None, "its slice is not over"
    assert plan.free_worker(2) is slow
    assert (slow.slot, slow.demoted) == (Lane.LONG, True)
    assert granted(plan, 2) == [honest]
    assert third.slot is Lane.SHORT


def test_where_the_long_lane_is_full_it_is_begun_again_there_later() -> None:
    plan = scheduler(slots="letters short short")
    slow, _ = granted_after(plan, SLOW, THIRD)
    put(plan, HONEST)
    assert plan.free_worker(2) is slow
    assert slow.preempted
    assert plan.free_worker(2) is None, "one that waits stops one"
    slot = plan.release(slow, 2.1)
    plan.enqueue(slow)
    assert (slot, slow.lane, slow.preempted) == (Lane.SHORT, Lane.LONG, False)


def test_an_accounts_own_work_is_not_stopped_for_its_further_work() -> None:
    plan = scheduler(slots="letters short short")
    granted_after(plan, SLOW, SLOW)
    assert plan.free_worker(9) is None


def test_a_letter_is_never_moved_or_stopped() -> None:
    plan = scheduler(slots="short")
    granted_letter = put(plan, None)
    assert granted(plan, 0) == [granted_letter]
    put(plan, HONEST)
    assert plan.free_worker(60) is None


def test_only_the_account_that_uses_up_its_share_is_refused() -> None:
    plan = scheduler()
    tickets = [put(plan, SLOW) for _ in range(6)]
    with pytest.raises(TooManyUploadsAtOnce) as refused:
        plan.admit(Share(SLOW))
    assert refused.value.headers["Retry-After"]
    plan.check(Share(HONEST))
    plan.leave(tickets[0])
    plan.check(Share(SLOW))
    assert isinstance(plan.refusal(tickets[1], 30), TooManyUploadsAtOnce)
    assert isinstance(plan.refusal(put(plan, HONEST), 30), WorkersBusy)


def test_the_last_of_an_accounts_slow_files_is_not_refused_for_others() -> None:
    plan = scheduler(slots="short")
    first, last = put(plan, SLOW), put(plan, SLOW)
    assert granted(plan, 0) == [first]
    plan.release(first, 25)
    plan.leave(first)
    assert isinstance(plan.refusal(last, 30), TooManyUploadsAtOnce)


def test_more_than_can_wait_are_sent_away() -> None:
    plan = scheduler()
    for _ in range(8):
        put(plan, new_id())
    with pytest.raises(WorkersBusy):
        plan.admit(Share(HONEST))
    assert plan.admit(PLATFORM)
