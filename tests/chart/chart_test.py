"""The chart, the images and the compose file without a cluster: linters, unit tests, schemas of Kubernetes, policies.
What it needs is in .deps/chart (tools/setup_chart.sh). Run by `make chart-test`.
"""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import yaml

ROOT = pathlib.Path(__file__).parents[2]
CHART = ROOT / "deploy/k8s/hir"
TOOLS = ROOT / ".deps/chart"
PYTHON = ROOT / ".deps/venv/bin"
EXAMPLES = sorted((CHART / "examples").glob("*.yaml"))
VERSIONS = ("1.28", "1.37")
APIS = ("monitoring.coreos.com/v1/ServiceMonitor", "monitoring.coreos.com/v1/PrometheusRule",
        "keda.sh/v1alpha1/ScaledObject", "leaderworkerset.x-k8s.io/v1/LeaderWorkerSet")
# Opinions of kube-score that are not ours: limits of CPU throttle, images are pulled when they change their tag,
# ephemeral storage is a volume with a limit, StatefulSets are spread by choice.
IGNORED = ("container-resources", "container-image-pull-policy", "container-ephemeral-storage-request-and-limit",
           "statefulset-has-host-podantiaffinity", "deployment-has-host-podantiaffinity",
           "statefulset-has-servicename")


def run(*argv, check=True, **options):
    environment = {**os.environ, "HELM_PLUGINS": str(TOOLS / "plugins"), "PATH": f"{TOOLS}/bin:{os.environ['PATH']}"}
    done = subprocess.run([str(word) for word in argv], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          env=environment, **options)
    done.stdout = "\n".join(line for line in done.stdout.splitlines() if not line.startswith("walk.go"))
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, argv))}\n{done.stdout}")
    return done


def helm(command, values, *options, version="1.37", **keywords):
    apis = [word for api in APIS for word in ("--api-versions", api)] if command == "template" else []
    return run("helm", command, *(["hir"] if command == "template" else []), CHART, "--kube-version", version,
               *apis, "--values", values, "--set-file", f"run.config={ROOT}/configs/demo.yaml", *options, **keywords)


def render(values, path, version):
    """Helm's warnings of links go to the same stream; manifests begin at the first separator."""
    text = helm("template", values, version=version).stdout
    path.write_text(text[text.index("---\n"):])


def schemas(version):
    return [word for folder in (version, "crds") for word in
            ("-schema-location", f"{TOOLS}/schemas/{folder}/{{{{ .ResourceKind }}}}{{{{ .KindSuffix }}}}.json")]


class Chart(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.rendered = {}
        for example in EXAMPLES:
            for version in VERSIONS:
                path = pathlib.Path(cls.folder.name) / f"{example.stem}-{version}.yaml"
                render(example, path, version)
                cls.rendered[example.stem, version] = path

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def for_each_manifest(self, check, *versions):
        for (example, version), path in self.rendered.items():
            if version in versions:
                with self.subTest(example=example, version=version):
                    check(path, version)

    def test_lint_finds_nothing(self):
        for example in EXAMPLES:
            with self.subTest(example=example.name):
                helm("lint", example, "--strict")

    def test_unit_tests_pass(self):
        run("helm", "unittest", "--strict", CHART)

    def test_every_template_has_a_suite(self):
        suites = [yaml.safe_load(path.read_text()) for path in (CHART / "tests").glob("*_test.yaml")]
        tested = {template for suite in suites for template in suite["templates"]}
        templates = {str(path.relative_to(CHART / "templates")) for path in (CHART / "templates").rglob("*")
                     if path.is_file() and not path.name.startswith("_")}
        self.assertEqual(tested, templates)

    def test_manifests_are_what_kubernetes_and_the_operators_expect(self):
        self.for_each_manifest(lambda path, version: run("kubeconform", "-strict", "-summary", *schemas(version), path),
                               *VERSIONS)

    def test_schemas_refuse_what_is_wrong(self):
        """So that the test above means something."""
        def check(path, version):
            wrong = path.with_name(f"wrong-{path.name}")
            wrong.write_text(path.read_text().replace("automountServiceAccountToken:", "automountServiceToken:"))
            done = run("kubeconform", "-strict", *schemas(version), wrong, check=False)
            self.assertIn("automountServiceToken", done.stdout)
        self.for_each_manifest(check, *VERSIONS)

    def test_kube_score_has_no_complaint(self):
        """Of the examples that it understands: on a laptop policies are off, and of KEDA and LeaderWorkerSet it knows
        nothing, so that it misses replicas and pods."""
        ignored = [word for name in IGNORED for word in ("--ignore-test", name)]
        for example in ("one-gpu-node", "eight-gpu-node"):
            with self.subTest(example=example):
                run("kube-score", "score", "--kubernetes-version", "v1.37", *ignored, self.rendered[example, "1.37"])

    def test_policies_hold(self):
        self.for_each_manifest(lambda path, version: run(PYTHON / "python", ROOT / "tests/chart/policies.py", path), "1.37")

    def test_rendered_rules_pass_promtool(self):
        documents = yaml.safe_load_all(self.rendered["eight-gpu-node", "1.37"].read_text())
        (rule,) = [document for document in documents if document and document["kind"] == "PrometheusRule"]
        path = pathlib.Path(self.folder.name) / "rules.yml"
        path.write_text(yaml.safe_dump(rule["spec"]))
        run("promtool", "check", "rules", path)

    def test_schema_refuses_bad_values(self):
        for bad, says in (("replay.replicas=0", "replicas"), ("replay.replica=2", "replica"), ("run.name=a b", "name"),
                          ("image.pullPolicy=Sometimes", "pullPolicy"), ("redis.url=http://x", "url"),
                          ("learner.kind=Deployment", "kind"), ("verifier.pdb.maxUnavailable=some", "maxUnavailable"),
                          ("rollout.autoscaling.kind=hpa", "kind"), ("learner.shm=lots", "shm"),
                          ("replay.terminationGracePeriodSeconds=5", "terminationGracePeriodSeconds"),
                          ("image.digests.replay=sha256:1", "digests"), ("metrics.enabled=true", "metrics")):
            with self.subTest(value=bad):
                done = helm("template", EXAMPLES[0], "--set", bad, check=False)
                self.assertNotEqual(done.returncode, 0)
                self.assertIn(says, done.stdout)

    def test_readme_has_every_value(self):
        run(PYTHON / "python", ROOT / "tools/chart_docs.py", "--check")

    def test_package_holds_rules_and_dashboards(self):
        with tempfile.TemporaryDirectory() as folder:
            run("helm", "package", CHART, "--destination", folder)
            (package,) = pathlib.Path(folder).glob("*.tgz")
            listed = run("tar", "tzf", package).stdout
            for name in ("files/prometheus/alerts.yaml", "files/dashboards/ring.json", "templates/tests/ring.yaml"):
                self.assertIn(name, listed)
            self.assertNotIn("_test.yaml", listed)


class Images(unittest.TestCase):
    def test_hadolint_finds_nothing(self):
        run(PYTHON / "hadolint", ROOT / "docker/Dockerfile")

    def test_buildkit_finds_nothing(self):
        run("dockerfile_check", ROOT / "docker/Dockerfile")


class Compose(unittest.TestCase):
    def environment(self, **changes):
        lines = (ROOT / "docker/.env.example").read_text().splitlines()
        pairs = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
        return {**os.environ, **pairs, "HIR_REDIS_PASSWORD": "x", "HIR_GRAFANA_PASSWORD": "y", **changes}

    def load(self, *profiles, **changes):
        return subprocess.run([TOOLS / "bin/compose_check", ROOT / "docker/compose.yaml", *profiles], text=True,
                              env=self.environment(**changes), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def test_every_profile_loads(self):
        for profiles in (["cpu"], ["gpu"], ["vllm"], ["cpu", "judge"]):
            with self.subTest(profiles=profiles):
                done = self.load(*profiles)
                self.assertEqual(done.returncode, 0, done.stdout)

    def test_says_what_is_missing(self):
        done = self.load("cpu", HIR_MODEL_DIR="")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("name the folder of the model in docker/.env", done.stdout)


if __name__ == "__main__":
    if not (TOOLS / "requirements.installed").exists():
        sys.exit("chart_test: run tools/setup_chart.sh first (make chart-test does)")
    unittest.main(verbosity=2)
