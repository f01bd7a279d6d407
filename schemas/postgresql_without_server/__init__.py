"""A database engine for commands that only write or read migrations: PostgreSQL's SQL, and no server."""
