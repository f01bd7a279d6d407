"""The GraphQL API: GitLab's names and shapes, and the same permission functions as the pages and the REST API."""
