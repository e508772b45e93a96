"""Writes JSON schemas that kubeconform reads: kubernetes_schemas.py OUTPUT [CRD.yaml...].

OUTPUT/VERSION/KIND-GROUP-VERSION.json of Kubernetes come out of the Python package kubernetes-validate, whose
references kubeconform can't follow: the definitions that a schema needs are put into it. OUTPUT/crds/ has the same
of custom resources, out of their CRDs, with unknown fields refused as in the others.
"""
import importlib.util
import json
import pathlib
import sys

import yaml

VERSIONS = ("1.28", "1.37")  # The oldest that the chart takes, and the newest.
# Schemas refer to the file of definitions, and definitions to each other.
OUTSIDE, INSIDE = "/api/_definitions.json#/$defs/", "#/$defs/"


def references(node):
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "$ref" and isinstance(value, str):
                yield value.removeprefix(OUTSIDE).removeprefix(INSIDE)
            else:
                yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def with_definitions(schema, definitions):
    wanted, found = set(references(schema)), {}
    while wanted:
        name = wanted.pop()
        found[name] = definitions[name]
        wanted |= set(references(found[name])) - found.keys()
    text = json.dumps({**schema, "$defs": found})
    return text.replace(OUTSIDE, INSIDE)


def write_kubernetes(output):
    # Only its data is needed, and importing it would need further packages.
    package = pathlib.Path(importlib.util.find_spec("kubernetes_validate").origin).parent / "kubernetes-json-schema"
    for version in VERSIONS:
        source = package / f"v{version}.0-local-strict"
        definitions = json.loads((source / "_definitions.json").read_text())["$defs"]
        folder = output / version
        folder.mkdir(parents=True, exist_ok=True)
        for path in source.glob("*.json"):
            schema = json.loads(path.read_text())
            if "x-kubernetes-group-version-kind" in schema:
                (folder / path.name).write_text(with_definitions(schema, definitions))


def closed(node):
    """The schema of a CRD with unknown fields refused, as the API server does with --validate=strict."""
    if isinstance(node, list):
        return [closed(value) for value in node]
    if not isinstance(node, dict):
        return node
    node = {key: closed(value) for key, value in node.items()}
    if node.pop("x-kubernetes-int-or-string", False):
        node.pop("type", None)
        node.pop("format", None)
    keeps = node.pop("x-kubernetes-preserve-unknown-fields", False)
    if node.get("type") == "object" and node.get("properties") and not keeps:
        node.setdefault("additionalProperties", False)
    return node


def write_crd(output, path):
    crd = yaml.safe_load(path.read_text())
    group = crd["spec"]["group"].split(".")[0]
    for version in crd["spec"]["versions"]:
        schema = closed(version["schema"]["openAPIV3Schema"])
        schema["properties"]["metadata"] = {"type": "object"}
        name = f"{crd['spec']['names']['kind']}-{group}-{version['name']}.json".lower()
        (output / name).write_text(json.dumps(schema))


def main():
    output = pathlib.Path(sys.argv[1])
    write_kubernetes(output)
    (output / "crds").mkdir(parents=True, exist_ok=True)
    for path in sys.argv[2:]:
        write_crd(output / "crds", pathlib.Path(path))


if __name__ == "__main__":
    main()
