# What the reports share: where results go, and how they are drawn.
import datetime
import json
import pathlib
import subprocess

TOP = pathlib.Path(__file__).resolve().parent.parent
DATE = datetime.date.today().isoformat()


def save(name, result):
    """bench/results/NAME.json"""
    directory = TOP / "bench" / "results"
    directory.mkdir(exist_ok=True)
    (directory / f"{name}.json").write_text(json.dumps(result, indent=1) + "\n")


def draw(name, size, script):
    """docs/NAME.svg, by gnuplot"""
    head = f"""
set terminal svg size {size} dynamic noenhanced background "white" font "sans,12"
set output "{TOP / 'docs' / name}.svg"
"""
    subprocess.run(["gnuplot"], input=head + script, text=True, check=True)


def print_table(rows):
    """The first column to the left, the others to the right."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        print(row[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(row[1:], widths[1:])))
