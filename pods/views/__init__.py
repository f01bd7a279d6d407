"""Pages and responses of the pod itself."""
