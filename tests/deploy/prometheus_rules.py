"""Prometheus' rules and Grafana's dashboards as data: what tests of them share."""

import json
import pathlib
import re

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = ROOT / "deploy/prometheus"
RULE_FILES = [FOLDER / "recording.yaml", FOLDER / "alerts.yaml"]
TEST_FILES = sorted((FOLDER / "tests").glob("*.yaml"))


def rules(kind):
    """All rules of `kind`, "record" or "alert"."""
    return [rule for file in RULE_FILES for group in yaml.safe_load(file.read_text())["groups"]
            for rule in group["rules"] if kind in rule]


def dashboards():
    """The dashboards by name."""
    return {path.stem: json.loads(path.read_text())
            for path in sorted((ROOT / "deploy/grafana/dashboards").glob("*.json"))}


def queries(dashboard):
    """The PromQL of its panels."""
    return [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]


def our_metrics(expression):
    """The names of the services' own metrics in a PromQL expression, without a histogram's endings."""
    bare = re.sub(r'"[^"]*"|\{[^}]*\}|by \([^)]*\)', "", expression)
    names = re.findall(r"(?<![:\w])(?:hir|grpc)_\w+", bare)
    return {re.sub(r"_(bucket|sum|count)$", "", name) for name in names}
