"""The engine for files: turns a query into SQL and runs it in DuckDB."""
