"""Prints routes and statements by the time that they took, each with its figures and a request to
look at.
"""

from rich.console import Console

from .inert import inert
from .tracing import Record

__all__ = ["print_routes", "print_statements"]


def print_routes(console: Console, records: list[Record]) -> None:
    """Three lines a route: what it is, how long it took, what the database had to do with it."""
    _print_title(console, "Routes by total time", records)
    for record in records:
        route = f"{record.get('http_method', '?')} {record.get('http_route', '(no route)')}"
        _print_entry(console, record, route, "requests")
        database = f"{_decimal(record, 'queries_per_request')} queries a request"
        database += f", {_decimal(record, 'db_percent')} % of the time in the database"
        if "http_client_percent" in record:
            database += f", {_decimal(record, 'http_client_percent')} % in other services"
        n_plus_one = float(record.get("n_plus_one", 0))
        detail = inert(f"  {database}")
        if n_plus_one:
            detail.append(f", N+1 in {n_plus_one:,.0f} requests", style="bold red")
        console.print(detail)
        _print_example(console, record)


def print_statements(console: Console, records: list[Record]) -> None:
    """Three lines a statement: its text, how long it took, a request that sent it."""
    _print_title(console, "Statements by total time", records)
    for record in records:
        statement = " ".join(record.get("statement", record.get("db_fingerprint", "?")).split())
        _print_entry(console, record, statement, "queries")
        _print_example(console, record)


def _print_title(console: Console, title: str, records: list[Record]) -> None:
    console.print(inert(title if records else f"{title}: none were logged", style="bold underline"))


def _print_entry(console: Console, record: Record, name: str, unit: str) -> None:
    console.print(inert(name, style="bold cyan"), no_wrap=True, overflow="ellipsis")
    times = "  ".join(f"p{rank} {_decimal(record, f'p{rank}_ms')}" for rank in (50, 95, 99))
    total = f"{_decimal(record, 'total_ms')} ms in {float(record.get('n', 0)):,.0f} {unit}"
    console.print(inert(f"  {total}   {times} ms"))


def _print_example(console: Console, record: Record) -> None:
    if "example" in record:
        console.print(inert(f"  todo trace {record['example']}", style="dim"))


def _decimal(record: Record, name: str) -> str:
    return f"{float(record[name]):,.1f}" if name in record else "-"
