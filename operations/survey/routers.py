"""Ask a router: can clients connect, what has it counted, and which pods does it find ready?"""

from __future__ import annotations

import asyncio
from dataclasses import asdict

from operations.survey import router_statistics as statistics
from operations.survey import web
from operations.survey.samples import RouterSample
from topology import Router


async def ask(router: Router) -> RouterSample:
    """Return the router's sample; a router that does not answer is a sample with a problem.

    None of the requests is forwarded to a pod, so that a router is not down because a pod is.
    """
    serving = await web.listens(router.address)
    try:
        counted, reach = await asyncio.gather(
            asyncio.to_thread(statistics.read, router.statistics),
            asyncio.to_thread(statistics.read_reach, router.statistics),
        )
    except statistics.StatisticsUnreadable as error:
        return RouterSample(problem=str(error), serving=serving)
    counts = {**asdict(counted), "requests": counted.requests}
    return RouterSample(serving=serving, counts=counts, pods_reached=reach.ready, pods_known=reach.known)
