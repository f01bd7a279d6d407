"""What each part of a cluster says of itself: pods, routers and database servers, asked all at once."""

from __future__ import annotations

from survey.facts import Facts, State
from survey.surveyor import SurveyLate, Surveyor

__all__ = ["Facts", "State", "SurveyLate", "Surveyor"]
