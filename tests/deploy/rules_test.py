"""The rules of deploy/prometheus: they are right to promtool, every alert has a case in which it
fires, one in which it is silent, and a page in docs/runbooks."""

import shutil
import subprocess
import sys
import unittest

import yaml

import prometheus_rules

if shutil.which("promtool") is None:
    print("skipped: promtool is not installed; tools/setup_test.sh installs it")
    sys.exit(77)


class RulesTest(unittest.TestCase):
    def promtool(self, *arguments):
        done = subprocess.run(["promtool", *map(str, arguments)], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True)
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_promtool_takes_the_rules(self):
        self.promtool("check", "rules", *prometheus_rules.RULE_FILES)

    def test_every_case_fires_what_it_says_and_nothing_else(self):
        self.promtool("test", "rules", *prometheus_rules.TEST_FILES)

    def test_every_alert_has_a_firing_and_a_silent_case(self):
        names = [case["name"] for file in prometheus_rules.TEST_FILES
                 for case in yaml.safe_load(file.read_text())["tests"]]
        for rule in prometheus_rules.rules("alert"):
            for verb in ("fires", "is silent"):
                self.assertTrue(any(name.startswith(f"{rule['alert']} {verb}") for name in names),
                                f"{rule['alert']}: no case in which it {verb}")

    def test_every_alert_says_what_how_bad_and_where_to_read_on(self):
        for rule in prometheus_rules.rules("alert"):
            self.assertIn(rule["labels"]["severity"], ("critical", "warning"))
            self.assertEqual({"summary", "description", "runbook"}, set(rule["annotations"]))
            page = prometheus_rules.ROOT / rule["annotations"]["runbook"]
            text = page.read_text()
            self.assertTrue(text.startswith(f"# {rule['alert']}\n"), page)
            self.assertIn(f"Severity: {rule['labels']['severity']}.", text)
            for heading in ("What it says", "Look first", "Causes and what to do"):
                self.assertIn(f"## {heading}\n", text, page)

    def test_every_page_belongs_to_an_alert(self):
        pages = {page.stem for page in (prometheus_rules.ROOT / "docs/runbooks").glob("Hir*.md")}
        self.assertEqual(pages, {rule["alert"] for rule in prometheus_rules.rules("alert")})


if __name__ == "__main__":
    unittest.main()
