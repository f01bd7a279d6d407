"""Settings of every pod. What differs between pods follows from `POD_ID` and the topology."""

from __future__ import annotations

import tomllib
from pathlib import Path

import topology
from settings.environment import read_environment, with_made_secrets
from topology.databases import REPLICA_SUFFIX, databases_across_pods, databases_of, missing_passwords
from topology.places import places_of

BASE_DIR = Path(__file__).resolve().parent.parent
# Of this software; written down nowhere else.
RELEASE: str = tomllib.loads((BASE_DIR / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]

ENVIRONMENT = read_environment()
TOPOLOGY = topology.load(ENVIRONMENT.topology, port_offset=ENVIRONMENT.port_offset)
PLACES = places_of(TOPOLOGY, ENVIRONMENT.data)
ENVIRONMENT = with_made_secrets(ENVIRONMENT, PLACES.secrets)
# None in the commands that work across pods (`cluster`, `check`, `makemigrations` and the like).
POD = TOPOLOGY.pod(ENVIRONMENT.pod_id) if ENVIRONMENT.pod_id else None


def _own_url() -> str:
    """Where people of this pod's region reach the cluster."""
    here = [router.address for router in TOPOLOGY.routers.values() if POD is None or router.region == POD.region]
    addresses = here or [pod.address for pod in TOPOLOGY.pods.values() if POD in (None, pod)]
    return f"http://{addresses[0]}"


DEBUG = ENVIRONMENT.debug
SECRET_KEY = ENVIRONMENT.secret_key or "no-pod-serves-with-this-key"
ALLOWED_HOSTS = ["*"]

ENGINE_APPS = [
    # Its commands come before Django's.
    "users",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    # Its templates come before Django's.
    "admin_area",
    "django.contrib.admin.apps.SimpleAdminConfig",
    "axes",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "schemas",
    "organizations",
    "routing",
    "admin_settings",
    "operations",
    "moves",
    "organizations.tenancy",
    "organizations.members",
    "routing.outcomes",
    "pods",
    "router",
    "cluster",
]
# The sample monolith. Another application takes its place with settings of its own, see examples/library/settings.py.
# Before the engine's apps, since it may replace their templates.
INSTALLED_APPS = ["monolith", "monolith.namespaces", "monolith.work", "monolith.ci", *ENGINE_APPS]
# The schema of each app that is not ours; ours say it in their AppConfig.
SCHEMA_OF_THIRD_PARTY_APP = {
    "auth": "users",
    "contenttypes": "users",
    "sessions": "users",
    "admin": "users",
    "axes": "users",
}
# The newest reviewed migration of each (operations/releases/checks.py): the previous release works after it.
JUDGED_MIGRATIONS = {
    "admin": "0003_logentry_add_action_flag_choices",
    "auth": "0012_alter_user_first_name_max_length",
    "axes": "0010_accessattemptexpiration",
    "contenttypes": "0002_remove_content_type_name",
    "sessions": "0001_initial",
}

DATABASES = databases_of(TOPOLOGY, POD, PLACES) if POD else databases_across_pods(TOPOLOGY, PLACES)
# A pod does not get this far without them. Commands that look for what is missing do.
MISSING_PASSWORDS = missing_passwords(TOPOLOGY, DATABASES)
if POD:
    # A pod serves requests: no statement, lock or forgotten transaction may hold one of its threads for long, and
    # neither may a server that hangs (schemas/servers.py). Commands without a pod have the limits that are made for
    # them (schemas/postgresql/connection.py).
    for alias, database in DATABASES.items():
        if alias != "default":
            # Learn reads this one, and asks the primary when it is slow.
            longest = 1.0 if alias == "routes_replica" else 5.0
            # On a replica only its replay locks what is read, and the primary can be read instead.
            lock = "500ms" if alias.endswith(REPLICA_SUFFIX) else "2s"
            database["OPTIONS"]["options"] = (
                f"-c statement_timeout={longest:g}s -c lock_timeout={lock} -c idle_in_transaction_session_timeout=10s"
            )
            database["LIMITS"] = {"connect": 1.5, "patience": 1.2, "statement": longest + 0.5}
DATABASE_ROUTERS = ["schemas.router.SchemaRouter"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# From the outside in; pods/middleware says what each is for. What is asked before ownership is settled has to be
# cheap, and nothing may be written.
MIDDLEWARE = [
    "pods.middleware.arrival.ArrivalMiddleware",
    "pods.middleware.positions.PositionsMiddleware",
    "pods.middleware.ownership.OwnershipMiddleware",
    "pods.middleware.unfinished.UnfinishedMiddleware",
    "pods.middleware.bodies.BodiesMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "pods.middleware.static_files.StaticFilesMiddleware",
    "pods.middleware.content_policy.ContentPolicyMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "pods.middleware.kept_pages.KeptPagesMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "users.authentication.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "users.power.PowerMiddleware",
    "pods.middleware.wrong_methods.WrongMethodsMiddleware",
    "pods.middleware.failures.DatabaseFailuresMiddleware",
    "pods.middleware.global_pages.GlobalPagesMiddleware",
]
ROOT_URLCONF = "pods.urls"
# Every URL of the application; pods/urls.py includes it after those of the engine.
APPLICATION_URLS = "monolith.urls"
# What people see first of an organization, below /organizations/<path>/-/.
FIRST_PAGE_OF_ORGANIZATION = "dashboard"
# What `manage.py cluster up` suggests to ask for.
PAGE_TO_TRY = "/gitlab-org/gitlab-test"
WSGI_APPLICATION = "pods.worker.application"
APPEND_SLASH = False

FORM_RENDERER = "pods.form_renderer.FormRenderer"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["pods.templatetags.product"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "pods.frame.frame",
            ],
        },
    },
]

AUTH_USER_MODEL = "users.User"
PASSWORD_HASHERS = [
    "users.hashing.Hasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
# The longest that the setting `password_reset_hours` may say.
PASSWORD_RESET_TIMEOUT = 7 * 24 * 60 * 60
# Axes first: it lets nobody in who has failed too often, on whichever pod.
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AXES_HANDLER = "users.lockout.Handler"
AXES_FAILURE_LIMIT = "users.lockout.most_failures"
AXES_COOLOFF_TIME = "users.lockout.locked_for"
# Guesses come from many addresses. An unknown username is locked as well, so that nothing tells it from a known one.
AXES_LOCKOUT_PARAMETERS = ["username"]
AXES_USERNAME_CALLABLE = "users.lockout.username_of"
AXES_CLIENT_IP_CALLABLE = "users.lockout.address_of"
AXES_RESET_ON_SUCCESS = True
AXES_DISABLE_ACCESS_LOG = True
AXES_VERBOSE = False
# The sign-in page says itself who is locked out, and addresses are not counted by, see above; Django's admin does not
# know `users.authentication`.
SILENCED_SYSTEM_CHECKS = ["axes.W002", "axes.W006", "admin.E408"]

SENDS_EMAIL = ENVIRONMENT.smtp_host is not None
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if SENDS_EMAIL else 'filebased'}.EmailBackend"
EMAIL_FILE_PATH = PLACES.mail
EMAIL_HOST, EMAIL_PORT = ENVIRONMENT.smtp_host or "", ENVIRONMENT.smtp_port
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = ENVIRONMENT.smtp_user, ENVIRONMENT.smtp_password
EMAIL_USE_TLS, EMAIL_USE_SSL = ENVIRONMENT.smtp_security == "starttls", ENVIRONMENT.smtp_security == "tls"
EMAIL_TIMEOUT = 5
EXTERNAL_URL = ENVIRONMENT.external_url or _own_url()

USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
USE_I18N = False

STATIC_URL = "/assets/"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "pods.hashed_files.HashedFilesStorage"},
}
# Each app's own files, as they stand in the checkout: nothing has to be collected first.
WHITENOISE_USE_FINDERS = True
# Of names without a hash; the others are kept for good.
WHITENOISE_MAX_AGE = 60

# Browsers share cookies across ports of one host: two clusters must not sign each other's people out.
SESSION_COOKIE_NAME = f"{TOPOLOGY.instance}_session"
CSRF_COOKIE_NAME = f"{TOPOLOGY.instance}_csrf"
POSITIONS_COOKIE_NAME = f"{TOPOLOGY.instance}_positions"
SESSION_ENGINE = "users.sessions"
SESSION_COOKIE_SAMESITE = "Lax"
# TLS ends before the routers, so a pod does not see it.
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = POSITIONS_COOKIE_SECURE = EXTERNAL_URL.startswith("https:")
CSRF_COOKIE_HTTPONLY = True
CSRF_TRUSTED_ORIGINS = [EXTERNAL_URL]
LOGIN_URL = "/users/sign_in"
CSRF_FAILURE_VIEW = "pods.views.refusals.form_refused"


X_FRAME_OPTIONS = "DENY"

# How often the API was asked by whom (users/api/limits.py), in this process; the default is not used.
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"},
    "requests": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "requests",
        "OPTIONS": {"MAX_ENTRIES": 10_000},
    },
}

# The most that the setting `largest_body_kib` may say: Django holds a body in memory.
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200

# Requests have lines of their own (pods/request_log.py); this is for what goes wrong.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "pods.fault_log.JsonFormatter"}},
    "handlers": {"stderr": {"class": "pods.log_output.FaultHandler", "formatter": "json"}},
    "filters": {"faults": {"()": "pods.fault_log.FaultsOnly"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "django.request": {"level": "ERROR", "filters": ["faults"]},
        # What a client sends wrongly is no fault of ours: it has its line in the request log, as 400 or 403.
        "django.security": {"level": "CRITICAL"},
    },
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["users.api.authentication.TokenOrSession"],
    "EXCEPTION_HANDLER": "pods.api_errors.refuse",
    # OPTIONS would describe an address whose row nobody has looked for.
    "DEFAULT_METADATA_CLASS": None,
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["users.api.parsing.JSONParser", "rest_framework.parsers.FormParser"],
    # Every answer is JSON, whatever the query says.
    "URL_FORMAT_OVERRIDE": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "REST API",
    "DESCRIPTION": "The API of a cluster of pods, for programs and routers, with GitLab's addresses and fields.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "pods.api_refusals.add_refusals",
    ],
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENUM_NAME_OVERRIDES": {
        "IssuableStateEnum": ["opened", "closed"],
        "TodoStateEnum": ["pending", "done"],
        "UserStateEnum": ["active", "deactivated"],
        "StateEventEnum": ["close", "reopen"],
        "MilestoneStateEventEnum": ["activate", "close"],
        "MilestoneStateEnum": ["active", "closed"],
        "TargetTypeEnum": ["Issue", "MergeRequest"],
    },
    # The page works offline.
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}
