"""The Django side of the schemas: which app lives where, which alias a query uses, and soft references."""
