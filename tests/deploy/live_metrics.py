"""Looks at the metrics of a ring that runs: promtool takes them, and the names in the rules and
dashboards of deploy/ are among them.

  live_metrics.py SERVICES_JSON TRAIN_ADDRESS
"""

import json
import re
import subprocess
import sys
import urllib.request

import prometheus_rules

# Families without a series until something goes wrong, or for want of such calls.
ON_EVENT = {"hir_rollout_errors_total"}


def scrape(address):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"http://{address}/metrics", timeout=20) as answer:
        return answer.read().decode()


def main():
    with open(sys.argv[1]) as file:
        services = json.load(file)
    services["train"] = {"metrics": sys.argv[2]}
    exported = set()
    for name, where in services.items():
        text = scrape(where["metrics"])
        checked = subprocess.run(["promtool", "check", "metrics"], input=text, text=True,
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if checked.returncode != 0:
            sys.exit(f"{name}: promtool check metrics says\n{checked.stdout}")
        exported |= set(re.findall(r"^# TYPE (\S+)", text, re.MULTILINE))
    wanted = set()
    for kind in ("record", "alert"):
        for rule in prometheus_rules.rules(kind):
            wanted |= prometheus_rules.our_metrics(rule["expr"])
    for dashboard in prometheus_rules.dashboards().values():
        for query in prometheus_rules.queries(dashboard):
            wanted |= prometheus_rules.our_metrics(query)
    missing = wanted - exported - ON_EVENT
    if missing:
        sys.exit(f"rules or dashboards use what no service exports: {sorted(missing)}")
    print(f"{len(wanted)} names are among the {len(exported)} that the services export")


if __name__ == "__main__":
    main()
