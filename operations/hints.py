"""Commands that messages tell people to run: typed as they stand, they reach this cluster and no other."""

from __future__ import annotations

import shlex

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from settings.environment import Environment


def command(words: str) -> str:
    """Return the command line of `manage.py <words>` for the cluster of this process, with the variables and the option
    that tell it from the default one.
    """
    try:
        environment: Environment = settings.ENVIRONMENT
    except ImproperlyConfigured:
        # A process that is of no cluster, such as a benchmark.
        return f"manage.py {words}"
    fields = Environment.model_fields
    differing = {
        str(fields[name].validation_alias): getattr(environment, name).resolve()
        for name in ("topology", "data")
        if getattr(environment, name).resolve() != fields[name].default
    }
    variables = "".join(f"{name}={shlex.quote(str(value))} " for name, value in differing.items())
    offset: int = settings.TOPOLOGY.port_offset
    if offset and words.startswith("cluster "):
        return f"{variables}manage.py {words} --port-offset {offset}"
    return f"{variables}{f'PODS_PORT_OFFSET={offset} ' if offset else ''}manage.py {words}"
