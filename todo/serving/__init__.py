"""Running the API: gunicorn's configuration, the PostgreSQL that comes along, who stops what."""
