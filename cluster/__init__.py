"""The cluster on one machine: embedded PostgreSQL servers, one supervisor, and the cluster commands."""
