"""The engine with another application needs nothing of the sample monolith."""

from __future__ import annotations

import os
import subprocess
import sys

from topology.places import CHECKOUT

READ_EVERYTHING = """
import os, sys
import django
django.setup()
from django.core.management import call_command
from routing.index import url_tree
import cluster.supervisor, pods.wsgi
call_command("check", stdout=open(os.devnull, "w"))
url_tree()
print(*sorted(name for name in sys.modules if name.partition(".")[0] == "monolith"))
"""


def test_a_pod_of_the_example_loads_no_module_of_the_monolith() -> None:
    loaded = subprocess.run(
        [sys.executable, "-c", READ_EVERYTHING],
        env=os.environ
        | {
            "DJANGO_SETTINGS_MODULE": "examples.library.settings",
            "PODS_TOPOLOGY": str(CHECKOUT / "topology" / "examples" / "library.toml"),
            "POD_ID": "pod_us0",
        },
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert loaded.stdout.split() == []
