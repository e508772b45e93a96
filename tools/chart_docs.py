"""Writes the table of values into the chart's README: chart_docs.py [--check]. Defaults come from values.yaml,
descriptions out of values.schema.json; --check only says whether the table is up to date.
"""
import json
import pathlib
import sys

import yaml

CHART = pathlib.Path(__file__).parents[1] / "deploy/k8s/hir"
BEGIN, END = "<!-- values: make chart-docs -->\n", "<!-- end of values -->"


def rows(schema, values, path=""):
    for name, value in values.items():
        here = schema["properties"][name]
        full = f"{path}{name}"
        if here.get("properties") and isinstance(value, dict) and value:
            yield from rows(here, value, f"{full}.")
        else:
            yield f"| `{full}` | {here['description']} | `{json.dumps(value)}` |"


def main():
    schema = json.loads((CHART / "values.schema.json").read_text())
    values = yaml.safe_load((CHART / "values.yaml").read_text())
    table = "\n".join(["| value | what | default |", "|---|---|---|", *rows(schema, values)])
    readme = CHART / "README.md"
    text = readme.read_text()
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    wanted = f"{before}{BEGIN}\n{table}\n\n{END}{after}"
    if "--check" not in sys.argv:
        readme.write_text(wanted)
    elif wanted != text:
        sys.exit(f"{readme} does not have the values as they are; run make chart-docs")


if __name__ == "__main__":
    main()
