"""The gateway: authentication, routing to the services, the description of the interfaces, and the event feed."""
