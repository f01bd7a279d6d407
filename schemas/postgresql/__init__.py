"""Django's PostgreSQL backend with deadlines that do not depend on the server."""
