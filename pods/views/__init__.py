"""Pages and answers of the pod itself."""
