"""`hir dashboard` in a real browser: it loads, follows a run, filters, is kind to keyboards.

  page_test.py HIR

Exits with 77 (skipped) where Chromium is not installed.
"""

import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest
import urllib.error
import urllib.request

import browser

HIR = sys.argv.pop(1)
if browser.find() is None:
    print("skipped: Chromium is not installed; tools/setup_test.sh installs it")
    sys.exit(77)

RESPONSE = {
    "step": 1, "task": 0, "sample": 0, "policy_version": 0, "finish_reason": "stop", "replayed": False,
    "question": "Describe a river.", "text": "It <b>flows</b>.", "token_ids": [1], "logprobs": [-1.0],
    "constraints": [
        {"kind": "punctuation:no_comma", "arguments": {}, "text": "Use no commas.", "verdict": "pass"},
        {"kind": "judge:criterion", "arguments": {}, "text": "Be kind.", "verdict": "fail"}]}
REPLAYED = {**RESPONSE, "sample": 1, "text": "Wet.</think>Water.", "reasoning_end": "</think>",
            "reasoning_ended": True, "replayed": True, "score": 2.5,
            "diversity_nats": 0.5, "integrity": 0.5, "kept_constraints": [0],
            "dropped_constraints": [1], "rewritten_instruction": "Describe a river. Use no commas."}
UNDECIDED = {**RESPONSE, "sample": 2, "question": "Name a bird.", "text": "Wren",
             "reasoning_end": "</think>", "reasoning_ended": False,
             "constraints": [{"kind": "judge:criterion", "arguments": {}, "text": "Be kind.",
                              "verdict": "undecidable", "reason": "No judge is configured."}]}


class Run:
    """A run's folder that grows as a real one does."""

    def __init__(self, folder):
        self.folder = folder
        (folder / "rollouts").mkdir(parents=True)
        (folder / "config.yaml").write_text("hindsight:\n  initial_weight: 2\n  weight_growth: 0.1\n")

    def add_step(self, step, density):
        self.add_line("metrics.jsonl", {
            "step": step, "reward_density": density, "constraint_accuracy": 0.5,
            "hindsight/lambda": 2 * 1.1 ** step, "hindsight/replayed": 3, "actor/entropy": 1.5})
        records = [{**record, "step": step} for record in (RESPONSE, REPLAYED, UNDECIDED)]
        (self.folder / f"rollouts/step_{step:06d}.jsonl").write_text(
            "".join(json.dumps(record) + "\n" for record in records))

    def add_line(self, name, record):
        with open(self.folder / name, "a") as file:
            file.write(json.dumps(record) + "\n")


class PageTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.browser = browser.Browser()

    @classmethod
    def tearDownClass(cls):
        cls.browser.close()

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="hir-dashboard-"))
        self.run_ = Run(self.folder / "demo")
        for step in (1, 2, 3):
            self.run_.add_step(step, 0.1 * step)
        self.server = None
        self.browser.problems.clear()

    def tearDown(self):
        if self.server:
            self.server.terminate()
            self.server.communicate()
        shutil.rmtree(self.folder)

    def serve(self, *folders):
        self.server = subprocess.Popen([HIR, "dashboard", *map(str, folders), "--listen", "127.0.0.1:0"],
                                       stdout=subprocess.PIPE, text=True)
        self.address = self.server.stdout.readline().strip()

    def open_page(self):
        self.serve(self.run_.folder)
        self.browser.open(self.address)
        self.browser.wait("document.getElementById('state')?.textContent.startsWith('Step 3')")

    def text(self, selector):
        return self.browser.run(f"document.querySelector('{selector}')?.textContent ?? ''")

    def set_field(self, name, value):
        self.browser.run(f"{{ const field = document.getElementById('{name}'); "
                         f"field.value = '{value}'; field.dispatchEvent(new Event('input')); }}")

    def test_loads_and_draws_what_was_recorded(self):
        self.open_page()
        self.assertEqual(self.browser.run("document.title"), "demo – HiR")
        self.assertEqual(self.browser.run("document.querySelectorAll('#curves figure').length"), 12)
        self.assertEqual(self.browser.run("document.querySelectorAll('#curves svg').length"), 5)
        self.assertIn("0.300", self.text("#figures"))
        self.assertEqual(self.browser.problems, [])

    def test_follows_the_run(self):
        self.open_page()
        self.run_.add_step(4, 0.7)
        self.browser.wait("document.getElementById('state').textContent.startsWith('Step 4')")
        self.browser.wait("document.getElementById('figures').textContent.includes('0.700')")
        self.browser.wait("document.getElementById('step').value === '4'")
        self.assertEqual(self.browser.problems, [])

    def test_opens_with_the_first_response_and_follows_until_one_is_chosen(self):
        self.open_page()
        self.assertIn("It <b>flows</b>.", self.text("#detail"))
        self.assertEqual(self.text("#list button[aria-current=true] .question"), "Describe a river.")
        self.run_.add_step(4, 0.7)
        self.browser.wait("document.getElementById('step').value === '4'")
        self.browser.wait("document.getElementById('detail').textContent.includes('flows')")
        self.browser.run("document.querySelectorAll('#list button')[1].click()")
        self.run_.add_step(5, 0.7)
        self.browser.wait("document.getElementById('step').options.length === 5")
        self.assertEqual(self.browser.run("document.getElementById('step').value"), "4")
        self.assertIn("Water.", self.text("#detail"))

    def test_filters_responses(self):
        self.open_page()
        self.assertEqual(self.text("#count"), "3 of 3 responses")
        for field, value, count in (("show", "replayed", 1), ("show", "failed", 2),
                                    ("show", "undecidable", 1), ("show", "met", 0), ("show", "all", 3),
                                    ("kind", "punctuation:no_comma", 2), ("text", "WATER", 1)):
            self.set_field(field, value)
            self.assertEqual(self.text("#count"), f"{count} of 3 responses", (field, value))

    def test_shows_a_response_its_verdicts_and_what_it_was_replayed_as(self):
        self.open_page()
        self.browser.run("document.querySelectorAll('#list button')[1].click()")
        detail = self.text("#detail")
        for part in ("✓ met", "✗ failed", "dropped for replay", "Describe a river. Use no commas."):
            self.assertIn(part, detail)
        self.browser.run("document.querySelectorAll('#list button')[2].click()")
        self.assertIn("? undecidable", self.text("#detail"))
        self.assertIn("No judge is configured.", self.text("#detail"))

    def test_shows_what_of_a_response_is_reasoning(self):
        self.open_page()
        self.browser.run("document.querySelectorAll('#list button')[1].click()")
        self.assertEqual(self.text("#detail .reasoning"), "Wet.</think>")
        self.assertIn("Wet.</think>Water.", self.text("#detail"))
        self.browser.run("document.querySelectorAll('#list button')[2].click()")
        self.assertEqual(self.text("#detail .reasoning"), "Wren")
        self.assertIn("its reasoning never ended", self.text("#detail"))
        self.browser.run("document.querySelectorAll('#list button')[0].click()")
        self.assertEqual(self.text("#detail .reasoning"), "")

    def test_shows_markup_in_a_response_as_text(self):
        self.open_page()
        self.browser.run("document.querySelector('#list button').click()")
        self.assertIn("It <b>flows</b>.", self.text("#detail"))
        self.assertTrue(self.browser.run("document.querySelector('#detail b') === null"))

    def test_can_be_used_without_a_mouse(self):
        self.open_page()
        self.browser.run("document.querySelector('#list button').click();"
                         "document.querySelector('#list button').focus()")
        self.browser.press("ArrowDown")
        self.assertIn("Water.", self.text("#detail"))
        self.browser.run("document.querySelector('#curves svg').focus()")
        self.browser.press("ArrowLeft")
        self.assertIn("step 3", self.text("#curves .legend"))
        self.browser.press("ArrowLeft")
        self.assertIn("step 2", self.text("#curves .legend"))

    def test_names_everything_for_screen_readers(self):
        self.open_page()
        self.assertEqual(self.browser.run(
            "[...document.querySelectorAll('select, input')].filter(e => !e.closest('label')).length"), 0)
        self.assertIn("Reward density: 3 values, from 0.100 to 0.300", self.browser.run(
            "[...document.querySelectorAll('svg')].map(e => e.getAttribute('aria-label')).join()"))
        self.assertEqual(self.browser.run("document.documentElement.lang"), "en")
        self.assertEqual(self.browser.run("document.getElementById('state').getAttribute('role')"), "status")

    def test_has_a_light_and_a_dark_look(self):
        self.open_page()
        grounds = []
        for scheme in ("light", "dark"):
            self.browser.call("Emulation.setEmulatedMedia",
                              features=[{"name": "prefers-color-scheme", "value": scheme}])
            grounds.append(self.browser.run("getComputedStyle(document.body).backgroundColor"))
        self.browser.call("Emulation.setEmulatedMedia", features=[])
        self.assertEqual(grounds, ["rgb(255, 255, 255)", "rgb(20, 23, 28)"])

    def test_draws_a_second_run_beside_the_first(self):
        other = Run(self.folder / "other")
        other.add_step(1, 0.4)
        self.serve(self.run_.folder, other.folder)
        self.browser.open(self.address)
        self.browser.wait("document.getElementById('figures')?.textContent.includes('other: 0.400')")
        self.assertIn("beside other", self.text("h1"))
        self.assertIn("demo", self.text("#curves .legend"))
        self.assertIn("other", self.text("#curves .legend"))

    def test_says_what_it_cannot_read_and_goes_on(self):
        self.open_page()
        metrics = self.run_.folder / "metrics.jsonl"
        whole = metrics.read_text()
        metrics.write_text(whole + "no object\n")
        self.browser.wait("document.getElementById('state').textContent.includes('metrics.jsonl:4')")
        metrics.write_text(whole)
        self.browser.wait("document.getElementById('state').textContent.startsWith('Step 3')")

    def test_answers_other_requests_with_an_error_and_loads_nothing_from_elsewhere(self):
        self.serve(self.run_.folder)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        for path, data, code in (("nowhere", None, 404), ("api/runs/7", None, 404),
                                 ("api/runs/0/rollouts/9", None, 404), ("api/runs", b"x", 405)):
            with self.assertRaises(urllib.error.HTTPError) as error:
                opener.open(self.address + path, data)
            self.assertEqual(error.exception.code, code, path)
            self.assertIn("error", json.load(error.exception))
        with opener.open(self.address) as page:
            self.assertIn("default-src 'self'", page.headers["Content-Security-Policy"])


if __name__ == "__main__":
    unittest.main()
