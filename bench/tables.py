"""Tables that read well in a terminal and stand in the docs as they were printed."""

from __future__ import annotations

from collections.abc import Sequence

Cell = str | int | float


def markdown(headers: Sequence[str], rows: Sequence[Sequence[Cell]]) -> str:
    """A Markdown table with columns padded to one width: the first to the left, the others to the right."""
    cells = [list(headers), *([_text(cell) for cell in row] for row in rows)]
    widths = [max(3, *(len(row[column]) for row in cells)) for column in range(len(headers))]
    ruler = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    lines = [_line(cells[0], widths), _line(ruler, widths), *(_line(row, widths) for row in cells[1:])]
    return "\n".join(lines)


def percent(share: float) -> str:
    """`0.9731` as `97.3 %`."""
    return f"{share * 100:.1f} %"


def times(ratio: float) -> str:
    """`1.234` as `1.23 x`."""
    return f"{ratio:.2f} x"


def _text(cell: Cell) -> str:
    return f"{cell:.1f}" if isinstance(cell, float) else f"{cell:,}" if isinstance(cell, int) else cell


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = [
        cells[0].ljust(widths[0]),
        *(cell.rjust(width) for cell, width in zip(cells[1:], widths[1:], strict=True)),
    ]
    return "| " + " | ".join(padded) + " |"
