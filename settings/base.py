"""Settings of every pod. What differs between pods follows from `POD_ID` and the topology."""

from __future__ import annotations

from pathlib import Path

import topology
from settings.environment import read_environment, with_made_secrets
from topology.databases import databases_across_pods, databases_of
from topology.places import places_of

BASE_DIR = Path(__file__).resolve().parent.parent

ENVIRONMENT = read_environment()
TOPOLOGY = topology.load(ENVIRONMENT.topology, port_offset=ENVIRONMENT.port_offset)
PLACES = places_of(TOPOLOGY, ENVIRONMENT.data)
ENVIRONMENT = with_made_secrets(ENVIRONMENT, PLACES.secrets)
# None in the commands that work across pods (`cluster`, `check`, `makemigrations` and the like).
POD = TOPOLOGY.pod(ENVIRONMENT.pod_id) if ENVIRONMENT.pod_id else None

DEBUG = ENVIRONMENT.debug
SECRET_KEY = ENVIRONMENT.secret_key or "no-pod-serves-with-this-key"
ALLOWED_HOSTS = ["*"]

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "schemas",
    "users",
    "organizations",
    "routing",
    "admin_settings",
    "projects",
    "ci",
    "pods",
    "router",
    "cluster",
]
# The schema of each app that is not ours; ours say it in their AppConfig.
SCHEMA_OF_THIRD_PARTY_APP = {
    "auth": "users",
    "contenttypes": "users",
    "sessions": "users",
    "admin": "users",
}

DATABASES = databases_of(TOPOLOGY, POD, PLACES) if POD else databases_across_pods(TOPOLOGY, PLACES)
DATABASE_ROUTERS = ["schemas.router.SchemaRouter"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "pods.urls"
WSGI_APPLICATION = "pods.wsgi.application"
APPEND_SLASH = False

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

AUTH_USER_MODEL = "users.User"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
]

USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
USE_I18N = False

STATIC_URL = "/assets/"

# Browsers share cookies across ports of one host: two clusters must not sign each other's people out.
SESSION_COOKIE_NAME = f"{TOPOLOGY.instance}_session"
CSRF_COOKIE_NAME = f"{TOPOLOGY.instance}_csrf"

REST_FRAMEWORK = {
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Pods",
    "DESCRIPTION": "What routers ask the pods of a cluster.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    # The page works offline.
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}
