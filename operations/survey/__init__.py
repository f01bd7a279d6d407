"""Ask every component of a cluster how it is: pods, routers and database servers, all at once."""

from __future__ import annotations

from operations.survey.facts import Facts, State
from operations.survey.surveyor import SurveyLate, Surveyor

__all__ = ["Facts", "State", "SurveyLate", "Surveyor"]
