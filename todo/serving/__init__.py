"""Running the API: gunicorn's configuration, the PostgreSQL that comes along, and who stops what."""
