"""The page of a run in a real browser, as `hir dashboard` serves it and as `hir report` writes it: it draws, follows a
run, zooms, filters, is kind to keyboards.

  page_test.py HIR

Exits with 77 (skipped) where Chromium is not installed.
"""

import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
import urllib.error
import urllib.request

import browser

HIR = sys.argv.pop(1)
ROOT = pathlib.Path(__file__).parents[2]
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
        self.browser.call("Input.dispatchMouseEvent", type="mouseMoved", x=1, y=1)

    def tearDown(self):
        if self.server:
            self.server.terminate()
            self.server.communicate()
        shutil.rmtree(self.folder)

    def serve(self, *folders):
        self.server = subprocess.Popen([HIR, "dashboard", *map(str, folders), "--listen", "127.0.0.1:0"],
                                       stdout=subprocess.PIPE, text=True)
        self.address = self.server.stdout.readline().strip()

    def open_page(self, *others):
        self.serve(self.run_.folder, *others)
        self.browser.open(self.address)
        self.browser.wait("document.getElementById('state')?.textContent.startsWith('Step 3')")

    def open_report(self):
        subprocess.run([HIR, "report", self.run_.folder], check=True, stdout=subprocess.DEVNULL)
        self.browser.open(f"file://{self.run_.folder}/report.html")
        self.browser.wait("document.getElementById('state')?.textContent.startsWith('A report')")

    def text(self, selector):
        return self.browser.run(f"document.querySelector('{selector}')?.textContent ?? ''")

    def set_field(self, name, value):
        self.browser.run(f"{{ const field = document.getElementById('{name}'); "
                         f"field.value = '{value}'; field.dispatchEvent(new Event('input')); }}")

    def chart(self, title):
        """JavaScript for the chart of that title."""
        return f"charts.find(chart => chart.curve.title === {json.dumps(title)})"

    def legend(self, title):
        return self.browser.run(self.chart(title) + ".legend.textContent")

    def steps_shown(self, title):
        return self.browser.run(f"(({{min, max}}) => [min, max])({self.chart(title)}.plot.scales.x)")

    def mouse(self, kind, title, share, **more):
        """A mouse event at a share of the width of a chart's plot."""
        self.browser.run(self.chart(title) + ".box.scrollIntoView({ block: 'center' })")
        x, y = self.browser.run(
            f"(({{left, top, width, height}}) => [left + {share} * width, top + height / 2])"
            f"({self.chart(title)}.plot.over.getBoundingClientRect())")
        self.browser.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, **more)

    def drag(self, title, begin, end):
        held = {"button": "left", "buttons": 1, "clickCount": 1}
        self.mouse("mouseMoved", title, begin)
        self.mouse("mousePressed", title, begin, **held)
        self.mouse("mouseMoved", title, (begin + end) / 2, **held)
        self.mouse("mouseMoved", title, end, **held)
        self.mouse("mouseReleased", title, end, button="left", clickCount=1)

    def pixels(self, title):
        """The chart as it is painted."""
        return self.browser.run(self.chart(title) + ".plot.ctx.canvas.toDataURL()")

    def test_loads_and_draws_what_was_recorded(self):
        self.open_page()
        self.assertEqual(self.browser.run("document.title"), "demo – HiR")
        self.assertEqual(self.browser.run(
            "charts.filter(({ figure }) => !figure.hidden).map(({ curve }) => curve.title)"),
            ["Reward density", "Constraints met (CLA)", "Replay", "Curriculum λ", "Entropy of the policy"])
        self.assertIn("Nothing recorded yet: Held-out prompts, Constraints removed", self.text("#missing"))
        self.assertIn("0.300", self.text("#figures"))
        self.assertIn("0.300", self.legend("Reward density"))
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
        self.browser.run("document.querySelector('#curves .plot').focus()")
        self.browser.press("ArrowLeft")
        self.assertIn("step 3", self.text("#curves .legend"))
        self.browser.press("ArrowLeft")
        self.assertIn("step 2", self.text("#curves .legend"))
        # What screen readers say is the chart that has the focus.
        self.assertEqual(self.browser.run("document.querySelectorAll('#curves [aria-live]').length"), 1)
        self.browser.press("+")
        self.assertEqual(self.steps_shown("Curriculum λ"), [1.5, 2.5])
        self.browser.press("Escape")
        self.assertEqual(self.steps_shown("Curriculum λ"), [1, 3])

    def test_names_everything_for_screen_readers(self):
        self.open_page()
        self.assertEqual(self.browser.run(
            "[...document.querySelectorAll('select, input')].filter(e => !e.closest('label')).length"), 0)
        self.assertIn("Reward density: 3 values, from 0.100 to 0.300", self.browser.run(
            "[...document.querySelectorAll('.plot')].map(e => e.getAttribute('aria-label')).join()"))
        self.assertEqual(self.browser.run(
            "[...document.querySelectorAll('button')].filter(e => !e.textContent && !e.ariaLabel).length"), 0)
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
        self.open_page(other.folder)
        self.assertIn("other: 0.400", self.text("#figures"))
        self.assertIn("beside other", self.text("h1"))
        self.assertIn("demo", self.text("#curves .legend"))
        self.assertIn("other", self.text("#curves .legend"))
        self.mouse("mouseMoved", "Reward density", 0.01)
        self.assertEqual(self.legend("Reward density"), "step 1 demo 0.100 other 0.400")
        self.mouse("mouseMoved", "Reward density", 0.99)
        self.assertEqual(self.legend("Reward density"), "step 3 demo 0.300 other –")

    def test_says_what_it_cannot_read_and_goes_on(self):
        self.open_page()
        metrics = self.run_.folder / "metrics.jsonl"
        whole = metrics.read_text()
        metrics.write_text(whole + "no object\n")
        self.browser.wait("document.getElementById('state').textContent.includes('metrics.jsonl:4')")
        metrics.write_text(whole)
        self.browser.wait("document.getElementById('state').textContent.startsWith('Step 3')")

    def test_says_which_response_file_it_cannot_read_until_it_can(self):
        broken = self.run_.folder / "rollouts/step_000003.jsonl"
        whole = broken.read_text()
        broken.write_text("{}\nno object\n{}\n")
        self.open_page()
        self.browser.wait("document.getElementById('detail').textContent.includes('step_000003.jsonl:2')")
        self.run_.add_line("metrics.jsonl", {"step": 4})  # A poll later it still says so.
        self.browser.wait("document.getElementById('state').textContent.startsWith('Step 4')")
        self.assertIn("step_000003.jsonl:2: the line is not a JSON object; repair that line", self.text("#detail .broken"))
        broken.write_text(whole)
        self.browser.wait("document.getElementById('detail').textContent.includes('flows')")

    def test_a_run_that_cannot_be_read_hides_no_other(self):
        other = Run(self.folder / "other")
        other.add_line("metrics.jsonl", {"step": "one"})
        self.serve(self.run_.folder, other.folder)
        self.browser.open(self.address)
        self.browser.wait("document.getElementById('state')?.textContent.includes('other/metrics.jsonl:1')")
        self.assertIn("0.300", self.legend("Reward density"))

    def test_shows_the_values_of_the_step_pointed_at_in_every_chart(self):
        self.open_page()
        self.assertEqual(self.legend("Reward density"), "latest 0.300")
        self.mouse("mouseMoved", "Reward density", 0.5)
        self.assertEqual(self.legend("Reward density"), "step 2 0.200")
        self.assertEqual(self.legend("Curriculum λ"), "step 2 2.420")
        self.browser.call("Input.dispatchMouseEvent", type="mouseMoved", x=1, y=1)
        self.browser.wait(self.chart("Curriculum λ") + ".legend.textContent.startsWith('latest')")

    def test_zooms_into_the_steps_dragged_over_and_back_by_a_double_click(self):
        for step in range(4, 12):
            self.run_.add_step(step, 0.05 * step)
        self.serve(self.run_.folder)
        self.browser.open(self.address)
        self.browser.wait("document.getElementById('state')?.textContent.startsWith('Step 11')")
        self.drag("Reward density", 0.3, 0.6)
        for title in ("Reward density", "Curriculum λ"):
            first, last = self.steps_shown(title)
            self.assertAlmostEqual(first, 4, delta=0.1)
            self.assertAlmostEqual(last, 7, delta=0.1)
        # A new step does not end it.
        self.run_.add_step(12, 0.7)
        self.browser.wait("document.getElementById('state').textContent.startsWith('Step 12')")
        self.assertAlmostEqual(self.steps_shown("Reward density")[1], 7, delta=0.1)
        for clicks in (1, 2):
            held = {"button": "left", "clickCount": clicks}
            self.mouse("mousePressed", "Curriculum λ", 0.5, **held)
            self.mouse("mouseReleased", "Curriculum λ", 0.5, **held)
        self.assertEqual(self.steps_shown("Reward density"), [1, 12])
        self.assertTrue(self.browser.run("document.getElementById('unzoom').disabled"))

    def test_smooths(self):
        self.open_page()
        plain = self.pixels("Reward density")
        self.set_field("smoothing", "0.5")
        self.mouse("mouseMoved", "Reward density", 0.5)
        # (0.5 * 0.5 * 0.1 + 0.5 * 0.2) / 0.75
        self.assertEqual(self.legend("Reward density"), "step 2 0.200 smoothed 0.167")
        self.assertNotEqual(self.pixels("Reward density"), plain)
        self.set_field("smoothing", "0")
        self.assertEqual(self.legend("Reward density"), "step 2 0.200")

    def test_has_a_logarithmic_scale_where_there_are_logarithms(self):
        self.run_.add_step(4, 0)
        self.run_.add_line("metrics.jsonl", {"step": 5, "actor/kl": -0.5})
        self.serve(self.run_.folder)
        self.browser.open(self.address)
        self.browser.wait("document.getElementById('state')?.textContent.startsWith('Step 5')")
        self.browser.run("document.getElementById('logarithmic').click()")
        kinds = {title: self.browser.run(self.chart(title) + ".plot.scales.y.distr")
                 for title in ("Reward density", "KL to the start")}
        self.assertEqual(kinds, {"Reward density": 3, "KL to the start": 1})
        # A value that it can't show can still be read.
        self.assertEqual(self.legend("Reward density"), "latest 0.000")
        self.assertEqual(self.browser.problems, [])

    def test_looks_as_the_reader_chose(self):
        self.open_page()
        light = self.pixels("Reward density")
        self.browser.run("document.getElementById('theme').click()")
        self.assertEqual(self.browser.run("getComputedStyle(document.body).backgroundColor"), "rgb(20, 23, 28)")
        self.assertNotEqual(self.pixels("Reward density"), light)
        self.browser.open(self.address)
        self.browser.wait("document.getElementById('state')?.textContent.startsWith('Step 3')")
        self.assertEqual(self.browser.run("getComputedStyle(document.body).backgroundColor"), "rgb(20, 23, 28)")
        self.browser.run("document.getElementById('theme').click()")
        self.assertEqual(self.pixels("Reward density"), light)
        self.browser.run("localStorage.clear()")

    def test_fits_a_phone(self):
        self.open_page()
        self.browser.call("Emulation.setDeviceMetricsOverride", width=360, height=740, deviceScaleFactor=2, mobile=True)
        try:
            self.browser.wait(self.chart("Reward density") + ".plot.width < 340")
            self.assertLessEqual(self.browser.run("document.documentElement.scrollWidth"), 360)
        finally:
            self.browser.call("Emulation.clearDeviceMetricsOverride")

    def test_a_report_is_the_page_with_its_data(self):
        self.run_.add_line("eval.jsonl", {"step": 0, "prompt_strict": 0.1, "prompt_strict_low": 0.05,
                                          "prompt_strict_high": 0.2, "truncated": 2, "truncated_ratio": 0.2,
                                          "truncated_ratio_low": 0.1, "truncated_ratio_high": 0.3})
        self.open_report()
        self.assertEqual(self.browser.run("document.title"), "demo – HiR")
        self.assertIn("as of step 3", self.text("#state"))
        self.assertIn("0.300", self.legend("Reward density"))
        self.assertEqual(self.legend("Held-out prompts"), "latest prompts 0.100 [0.050, 0.200]")
        self.assertIn("0.200 [0.100, 0.300]", self.legend("Held-out answers cut at the limit"))
        self.assertIn("It <b>flows</b>.", self.text("#detail"))
        self.set_field("show", "replayed")
        self.assertEqual(self.text("#count"), "1 of 3 responses")
        self.assertIn("initial_weight: 2", self.text("#config"))
        self.assertEqual(self.browser.problems, [])
        # Nothing was asked of anyone.
        self.assertEqual(self.browser.run("performance.getEntriesByType('resource').length"), 0)

    def test_tells_how_a_whole_run_went(self):
        self.run_.add_line("metrics.jsonl", {"step": 4, "reward_density": None, "timing_s/step": "long"})
        self.open_report()
        figures = self.text("#figures")
        self.assertIn("0.100 → 0.300, first to last third", figures)
        self.assertIn("9 in all", figures)
        self.assertNotIn("NaN", figures)

    def test_calls_a_difference_whose_interval_holds_zero_possible_noise(self):
        for low, verdict in ((-0.01, "could be noise"), (0.01, "more than noise")):
            (self.run_.folder / "comparison.json").write_text(json.dumps({"prompts": 48, "comparisons": [
                {"metric": "constraints met", "before": 0.3, "after": 0.35, "low": low, "high": 0.11}]}))
            self.open_report()
            self.assertIn("30.0 % → 35.0 %", self.text("#comparison"))
            self.assertIn(f"over the same 48 prompts: {verdict}", self.text("#comparison"))

    def test_reads_responses_that_lack_fields(self):
        (self.run_.folder / "rollouts/step_000003.jsonl").write_text(
            '{}\n{"constraints": [null, {"kind": "a"}], "text": 7}\n')
        self.open_report()
        self.assertEqual(self.text("#count"), "2 of 2 responses")
        self.browser.run("document.querySelectorAll('#list button')[1].click()")
        self.assertIn("no verdict", self.text("#detail"))
        self.assertEqual(self.browser.problems, [])

    def test_draws_only_what_the_documentation_names(self):
        self.open_page()
        documented = set()
        for page in ("metrics.md", "run-folder.md"):
            for name in re.findall(r"`([^`\n]+)`", (ROOT / "docs" / page).read_text()):
                brace = re.fullmatch(r"(.*)\{(.*)\}(.*)", name)
                documented |= {brace[1] + part + brace[3] for part in brace[2].split(",")} if brace else {name}
        # Of `actor/pg_clipfrac`, `..._original`
        documented |= {whole + rest for whole in list(documented) for rest in ("_original", "_replayed")
                       if "..." + rest in documented}
        keys = self.browser.run("[...CURVES.flatMap(({ lines }) => lines), ...FIGURES].map(({ key }) => key)")
        self.assertEqual([key for key in keys if key not in documented], [])

    def test_answers_other_requests_with_an_error_and_loads_nothing_from_elsewhere(self):
        self.serve(self.run_.folder)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        for path, data, code in (("nowhere", None, 404), ("api/runs/7", None, 404),
                                 ("api/runs/0/rollouts/9", None, 404), ("api/runs", b"x", 405)):
            with self.assertRaises(urllib.error.HTTPError) as error:
                opener.open(self.address + path, data)
            self.assertEqual(error.exception.code, code, path)
            self.assertIn("error", json.load(error.exception))
        for path in ("", "app.js", "style.css", "uplot.js", "uplot.css"):
            with opener.open(self.address + path) as page:
                self.assertIn("default-src 'self'", page.headers["Content-Security-Policy"])


if __name__ == "__main__":
    unittest.main()
