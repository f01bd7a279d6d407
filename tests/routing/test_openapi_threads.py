"""Two people may open the API's page at once, on a pod that has just started."""

from __future__ import annotations

import subprocess
import sys

from topology.places import CHECKOUT

# In a process of its own: what is tested is the first use. Threads change places as often as they can.
PROGRAM = """
import sys
from concurrent.futures import ThreadPoolExecutor
import django
django.setup()
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory
import pods.api_schema
from pods.api_schema import SchemaDocument
# However slow this machine is.
pods.api_schema.LONGEST_WAIT_SECONDS = 50
sys.setswitchinterval(1e-6)
view, factory = SchemaDocument.as_view(), RequestFactory()
def ask(_):
    request = factory.get("/api/v4/openapi.json")
    request.user = AnonymousUser()
    return view(request).status_code
with ThreadPoolExecutor(8) as threads:
    statuses = list(threads.map(ask, range(16)))
assert set(statuses) == {200}, statuses
"""


def test_each_of_them_gets_it() -> None:
    settings = {"DJANGO_SETTINGS_MODULE": "settings.without_servers", "POD_ID": "pod_us0"}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env=settings,
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
