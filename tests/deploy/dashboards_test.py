"""The dashboards of deploy/grafana: they are what their script writes, and their queries are PromQL
that uses recorded rules which exist. No Grafana is asked."""

import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import yaml

import prometheus_rules

if shutil.which("promtool") is None:
    print("skipped: promtool is not installed; tools/setup_test.sh installs it")
    sys.exit(77)


class DashboardsTest(unittest.TestCase):
    def test_files_are_what_the_script_writes(self):
        script = prometheus_rules.ROOT / "deploy/grafana/make_dashboards.py"
        done = subprocess.run([sys.executable, script, "--check"], stderr=subprocess.PIPE, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_there_are_four(self):
        self.assertEqual(set(prometheus_rules.dashboards()), {"training", "selection", "ring", "fleet"})

    def test_every_query_is_promql(self):
        queries = [query for dashboard in prometheus_rules.dashboards().values()
                   for query in prometheus_rules.queries(dashboard)]
        rules = [{"record": f"query:{i}", "expr": query} for i, query in enumerate(queries)]
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
            yaml.safe_dump({"groups": [{"name": "queries", "rules": rules}]}, file)
            file.flush()
            done = subprocess.run(["promtool", "check", "rules", file.name], stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True)
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_recorded_rules_that_are_used_exist(self):
        recorded = {rule["record"] for rule in prometheus_rules.rules("record")}
        used = [(name, set(re.findall(r"\bhir:[\w:]+", query)))
                for name, dashboard in prometheus_rules.dashboards().items()
                for query in prometheus_rules.queries(dashboard)]
        used += [(rule["alert"], set(re.findall(r"\bhir:[\w:]+", rule["expr"])))
                 for rule in prometheus_rules.rules("alert")]
        for name, rules in used:
            self.assertLessEqual(rules, recorded, name)

    def test_panels_have_their_own_ids_places_and_the_chosen_source(self):
        for name, dashboard in prometheus_rules.dashboards().items():
            panels = dashboard["panels"]
            self.assertEqual(len({panel["id"] for panel in panels}), len(panels), name)
            places = {(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels}
            self.assertEqual(len(places), len(panels), name)
            self.assertEqual([variable["name"] for variable in dashboard["templating"]["list"]], ["datasource"])
            for panel in panels:
                for target in panel["targets"]:
                    self.assertEqual(target["datasource"]["uid"], "${datasource}", panel["title"])


if __name__ == "__main__":
    unittest.main()
