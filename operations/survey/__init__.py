"""What each part of a cluster says of itself: pods, routers and database servers, asked all at once."""

from __future__ import annotations

from operations.survey.facts import Facts, State
from operations.survey.surveyor import SurveyLate, Surveyor

__all__ = ["Facts", "State", "SurveyLate", "Surveyor"]
