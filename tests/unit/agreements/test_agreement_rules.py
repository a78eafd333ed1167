"""The rules of agreements: who may do what, and what follows."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.agreements import rules
from services.agreements.problems import (
    AgencyIsAnother,
    AgreementTerminated,
    NothingToConfirm,
    ProviderNotApproved,
)
from services.agreements.rules import Action, Agreement, Party, State
from shared.problems import NotFound, RoleRequired, RuleBroken
from shared.security.caller import Caller, Role
from tests.unit.agreements.drafts import (
    AGENCY,
    AGENT,
    HOSPITAL,
    MAINTAINER,
    NOON,
    agreement,
    somebody,
    terms,
)

LATER = NOON + timedelta(hours=1)


def test_an_institutions_agreement_waits_and_an_agencys_takes_effect_at_once() -> None:
    assert agreement(Party.PROVIDER).state is State.TO_CONFIRM
    assert agreement(Party.AGENCY).state is State.CONFIRMED


def test_only_the_maintainer_adds_for_an_institution_and_only_the_agency_for_itself() -> None:
    assert rules.party_adding(MAINTAINER, HOSPITAL, AGENCY.unit_id) is Party.PROVIDER
    assert rules.party_adding(AGENT, HOSPITAL, AGENCY.unit_id) is Party.AGENCY
    with pytest.raises(NotFound):
        rules.party_adding(somebody(Role.MAINTAINER), HOSPITAL, AGENCY.unit_id)
    with pytest.raises(AgencyIsAnother):
        rules.party_adding(somebody(Role.AGENCY), HOSPITAL, AGENCY.unit_id)


@pytest.mark.parametrize("caller", [MAINTAINER, AGENT])
def test_an_institution_that_is_not_approved_has_no_agreements(caller: Caller) -> None:
    with pytest.raises(ProviderNotApproved):
        rules.party_adding(caller, replace(HOSPITAL, name=None, region=None), AGENCY.unit_id)


def test_the_agency_may_correct_before_and_after_it_confirms() -> None:
    corrected = rules.changed(agreement(), Party.AGENCY, terms(memo="首页已更正"), None, LATER)
    assert corrected.state is State.TO_CONFIRM
    confirmed = rules.confirmed(corrected, Party.AGENCY, LATER)
    again = rules.changed(confirmed, Party.AGENCY, terms(memo="再更正"), None, LATER)
    assert (again.state, again.version, again.event_version) == (State.CONFIRMED, 4, 4)
    assert again.attachment == confirmed.attachment


def test_what_the_institution_edits_has_to_be_confirmed_again() -> None:
    confirmed = rules.confirmed(agreement(), Party.AGENCY, LATER)
    assert rules.changed(confirmed, Party.PROVIDER, terms(), None, LATER).state is State.TO_CONFIRM


def test_nothing_is_confirmed_twice_or_by_the_institution() -> None:
    confirmed = rules.confirmed(agreement(), Party.AGENCY, LATER)
    with pytest.raises(NothingToConfirm):
        rules.confirmed(confirmed, Party.AGENCY, LATER)
    with pytest.raises(RoleRequired):
        rules.confirmed(agreement(), Party.PROVIDER, LATER)
    with pytest.raises(RoleRequired):
        rules.confirmed(confirmed, Party.PROVIDER, LATER)


def test_an_agency_deletes_only_what_it_entered_itself() -> None:
    assert rules.terminated(agreement(Party.AGENCY), Party.AGENCY, LATER).state is State.TERMINATED
    with pytest.raises(RoleRequired):
        rules.terminated(agreement(Party.PROVIDER), Party.AGENCY, LATER)


def test_nobody_changes_a_deleted_agreement() -> None:
    deleted = rules.terminated(agreement(), Party.PROVIDER, LATER)
    for party in Party:
        assert rules.actions(deleted, party) == []
        with pytest.raises(AgreementTerminated):
            rules.changed(deleted, party, terms(), None, LATER)


def test_only_the_parties_and_the_units_of_the_region_see_an_agreement() -> None:
    one = agreement()
    reviewer = somebody(Role.REVIEWER, "320000", unit_id=AGENCY.unit_id)
    assert rules.party_of(MAINTAINER, one) is Party.PROVIDER
    assert rules.party_of(AGENT, one) is Party.AGENCY
    for overseer in (somebody(Role.REVIEWER, "430000"), somebody(Role.AGENCY, "430302"), reviewer):
        assert rules.party_of(overseer, one) is Party.OVERSEER
    for unrelated in (
        somebody(Role.REVIEWER, "430200"),
        somebody(Role.MAINTAINER),
        somebody(Role.AGENCY, "320000"),
    ):
        with pytest.raises(NotFound):
            rules.party_of(unrelated, one)


@given(st.lists(st.tuples(st.sampled_from(Action), st.sampled_from(Party))))
def test_actions_list_exactly_what_is_permitted(steps: list[tuple[Action, Party]]) -> None:
    one = agreement()
    for action, party in steps:
        permitted = action in rules.actions(one, party)
        try:
            following = _done(one, action, party)
        except RuleBroken:
            assert not permitted
        else:
            assert permitted
            assert (following.version, following.event_version) == (one.version + 1, one.event_version + 1)
            one = following


def _done(one: Agreement, action: Action, party: Party) -> Agreement:
    if action is Action.EDIT:
        return rules.changed(one, party, terms(), None, LATER)
    if action is Action.CONFIRM:
        return rules.confirmed(one, party, LATER)
    return rules.terminated(one, party, LATER)


def test_entries_are_numbered_on_and_say_what_is_in_force_and_what_withdrawn() -> None:
    confirmed = rules.confirmed(agreement(), Party.AGENCY, LATER)
    deleted = rules.terminated(confirmed, Party.PROVIDER, LATER)
    first, second = rules.entries([confirmed, deleted], 7, LATER)
    assert (first.number, first.withdrawn, first.agreement.entered_version) == (8, False, 2)
    assert (second.number, second.withdrawn, second.agreement.entered_version) == (9, True, 3)
    assert first.data["fixmedins_code"] == HOSPITAL.code
    assert (first.data["cntr_stas"], second.data["cntr_stas"]) == ("2", "4")
    assert first.agreement.event_version == confirmed.event_version + 1
    assert second.agreement.event_version == deleted.event_version
