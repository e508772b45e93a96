"""The chart on a real API server, with its real controllers and scheduler: installs, upgrades, rolls back, evicts.
kwok pretends to be the nodes, so no container runs: probes, network policies and volumes are not exercised, and what
runs in the pods is tested as processes elsewhere (tests/deploy/compose_test.cc). Ready counts are asserted here and not
left to `helm --wait`, which is content with less. Run by `make cluster-test`.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).parents[2]
CHART = ROOT / "deploy/k8s/hir"
TOOLS = ROOT / ".deps/chart"
BIN = TOOLS / "bin"
CLUSTER = "hir-test"
NODES = 4
PATIENCE = 300  # Seconds.
PROGRAMS = ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok", "kwokctl", "kubectl", "helm")

# Claims find these; a cluster's provisioner would make them.
VOLUME = """
apiVersion: v1
kind: PersistentVolume
metadata: {{ name: volume-{number} }}
spec:
  capacity: {{ storage: 2Ti }}
  accessModes: [ReadWriteOnce, ReadOnlyMany]
  storageClassName: manual
  hostPath: {{ path: /volume-{number} }}
"""
MODELS = """
apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: models, namespace: hir }
spec: { accessModes: [ReadOnlyMany], storageClassName: manual, resources: { requests: { storage: 1Ti } } }
"""
BARE_POD = """
apiVersion: v1
kind: Pod
metadata: { name: bare, namespace: hir }
spec: { containers: [{ name: bare, image: bare:1 }] }
"""
VALUES = ["--set-file", f"run.config={ROOT}/configs/demo.yaml",
          "--set", "model.volume.persistentVolumeClaim.claimName=models",
          "--set", "redis.storage.className=manual,learner.storage.className=manual,run.storage.className=manual",
          "--set", "replay.replicas=2,verifier.replicas=3,rollout.replicas=3,learner.workers=2,learner.gpu=true",
          # kwok lets a pod that ends take any part of its grace.
          "--set", ",".join(f"{component}.terminationGracePeriodSeconds=15"
                            for component in ("replay", "verifier", "rollout", "learner"))]


class Cluster:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.environment = {**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}", "HOME": folder,
                            "KUBECONFIG": f"{folder}/kubeconfig", "KWOK_KUBE_VERSION": "v1.37.2",
                            "KWOK_WORKDIR": f"{folder}/kwok", "NO_PROXY": "127.0.0.1,localhost"}
        self.began = time.monotonic()

    def run(self, *argv, check=True, stdin=None):
        done = subprocess.run([str(word) for word in argv], text=True, input=stdin, env=self.environment,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if check and done.returncode != 0:
            raise AssertionError(f"{' '.join(map(str, argv))}\n{done.stdout}")
        return done

    def kubectl(self, *words, **options):
        return self.run("kubectl", *words, **options)

    def helm(self, *words, **options):
        return self.run("helm", "--namespace", "hir", *words, **options)

    def get(self, *words):
        return json.loads(self.kubectl("get", "-o", "json", *words).stdout)

    def apply(self, text):
        self.kubectl("apply", "--server-side", "--validate=strict", "-f", "-", stdin=text)

    def say(self, text):
        print(f"{time.monotonic() - self.began:6.1f} s  {text}", flush=True)

    def until(self, what, condition):
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if condition():
                return
            time.sleep(0.3)
        pods = self.kubectl("get", "pods,pvc,events", "-n", "hir", check=False).stdout
        raise AssertionError(f"after {PATIENCE} s not true: {what}\n{pods}")

    def start(self):
        (self.folder / "kwokctl.yaml").write_text(
            "kind: KwokctlConfiguration\napiVersion: config.kwok.x-k8s.io/v1alpha1\noptions: {bindAddress: 127.0.0.1}\n")
        binaries = [word for name in ("kube-apiserver", "kube-controller-manager", "kube-scheduler")
                    for word in (f"--{name}-binary", BIN / name)]
        self.run("kwokctl", "--name", CLUSTER, "--config", self.folder / "kwokctl.yaml", "create", "cluster",
                 "--runtime", "binary", "--disable-qps-limits", "--etcd-binary", "/usr/bin/etcd", *binaries, "--kwok-controller-binary",
                 BIN / "kwok", "--kubeconfig", self.environment["KUBECONFIG"], "--wait", "100s")
        self.say("the API server is ready")

    def stop(self):
        self.run("kwokctl", "--name", CLUSTER, "delete", "cluster", check=False)

    def ready(self, kind, name):
        status = self.get(kind, name, "-n", "hir")
        return status["spec"]["replicas"], status["status"].get("readyReplicas", 0), \
            status["status"].get("updatedReplicas", 0)

    def await_counts(self, **wanted):
        """Every pod of every workload is ready and of the newest template."""
        kinds = {"replay": "deployment", "verifier": "deployment", "rollout": "statefulset", "learner": "statefulset",
                 "redis": "statefulset"}
        for component, count in wanted.items():
            self.until(f"{component} has {count} ready pods",
                       lambda: self.ready(kinds[component], f"r-hir-{component}") == (count, count, count))

    def evict(self, pod):
        body = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": pod, "namespace": "hir"}}
        return self.kubectl("create", "--raw", f"/api/v1/namespaces/hir/pods/{pod}/eviction", "-f", "-",
                            stdin=json.dumps(body), check=False)

    def pods(self, component):
        found = self.get("pods", "-n", "hir", "-l", f"app.kubernetes.io/component={component}")["items"]
        return [pod for pod in found if "deletionTimestamp" not in pod["metadata"]]


def expect(condition, message):
    if not condition:
        raise AssertionError(message)


def prepare(cluster):
    cluster.run("kwokctl", "--name", CLUSTER, "scale", "node", "--replicas", NODES)
    cluster.until("nodes are ready", lambda: sum(
        condition["type"] == "Ready" and condition["status"] == "True" for node in cluster.get("nodes")["items"]
        for condition in node["status"].get("conditions", [])) == NODES)
    for i, node in enumerate(cluster.get("nodes")["items"]):
        cluster.kubectl("label", "node", node["metadata"]["name"], f"topology.kubernetes.io/zone=zone-{i % 2}")
    cluster.kubectl("create", "namespace", "hir")
    cluster.kubectl("label", "namespace", "hir", "pod-security.kubernetes.io/enforce=restricted")
    cluster.apply("---".join(VOLUME.format(number=i) for i in range(8)))
    cluster.apply(MODELS)
    cluster.say(f"{NODES} nodes in 2 zones, namespace with Pod Security restricted")


def bare_pods_are_refused(cluster):
    refused = cluster.kubectl("apply", "-f", "-", stdin=BARE_POD, check=False)
    expect("violates PodSecurity" in refused.stdout, refused.stdout)
    cluster.say("the namespace refuses a pod that is not confined")


def without_operators_their_objects_are_refused(cluster):
    for value, says in (("monitoring.serviceMonitor.enabled=true", "no Prometheus operator"),
                        ("rollout.autoscaling.kind=keda", "no KEDA"),
                        ("learner.kind=LeaderWorkerSet", "the cluster does not have it")):
        refused = cluster.helm("install", "r", CHART, *VALUES, "--set", value, check=False)
        expect(refused.returncode != 0 and says in refused.stdout, refused.stdout)
    cluster.say("without their operators monitors, scalers and groups are refused before anything is made")


def installs_but_waits_for_gpus(cluster):
    cluster.helm("install", "r", CHART, *VALUES)
    cluster.await_counts(redis=1, replay=2, verifier=3, rollout=3)
    cluster.until("learners wait for GPUs", lambda: "Insufficient nvidia.com/gpu" in cluster.kubectl(
        "get", "events", "-n", "hir").stdout)
    node = cluster.get("nodes")["items"][0]["metadata"]["name"]
    capacity = {"status": {"capacity": {"nvidia.com/gpu": "8"}, "allocatable": {"nvidia.com/gpu": "8"}}}
    cluster.kubectl("patch", "node", node, "--subresource=status", "--patch", json.dumps(capacity))
    cluster.kubectl("taint", "node", node, "nvidia.com/gpu=present:NoSchedule")
    cluster.await_counts(learner=2)
    nodes = {pod["spec"]["nodeName"] for pod in cluster.pods("learner")}
    expect(nodes == {node}, f"learners run on {nodes}")
    cluster.say("installed: redis 1, replay 2, verifier 3, rollout 3 ready; learner 2 ready once a node has GPUs, whose "
                "taint only they bear")


def ranks_are_pod_indices(cluster):
    ranks = sorted(pod["metadata"]["labels"]["apps.kubernetes.io/pod-index"] for pod in cluster.pods("learner"))
    expect(ranks == ["0", "1"], f"ranks are {ranks}")
    zones = {node["metadata"]["name"]: node["metadata"]["labels"]["topology.kubernetes.io/zone"]
             for node in cluster.get("nodes")["items"]}
    spread = {zones[pod["spec"]["nodeName"]] for pod in cluster.pods("verifier")}
    expect(spread == {"zone-0", "zone-1"}, f"verifiers are in {spread}")
    cluster.say("each learner pod has its rank as a label; verifiers are spread over the zones")


def test_hook_runs(cluster):
    said = cluster.helm("test", "r", "--timeout", "120s").stdout
    expect("Succeeded" in said, said)
    cluster.say("helm test: its Job was made and ended (kwok runs nothing in it)")


def upgrades_and_rolls_back(cluster):
    password = cluster.get("secret", "r-hir-redis", "-n", "hir")["data"]
    jobs = {job["metadata"]["name"] for job in cluster.get("jobs", "-n", "hir")["items"]}
    cluster.helm("upgrade", "r", CHART, *VALUES, "--set", "rollout.replicas=5,image.tag=0.1.1")
    cluster.await_counts(redis=1, replay=2, verifier=3, rollout=5, learner=2)
    images = {pod["spec"]["containers"][0]["image"] for pod in cluster.pods("rollout")}
    expect(images == {"hir/rollout:0.1.1"}, f"workers have {images}")
    expect(cluster.get("secret", "r-hir-redis", "-n", "hir")["data"] == password, "the upgrade changed the password")
    newer = {job["metadata"]["name"] for job in cluster.get("jobs", "-n", "hir")["items"]}
    expect(not newer & {job for job in jobs if "train" in job}, "the train Job of the old image is still there")
    cluster.say("upgraded: rollout 5 of the new image, every pod replaced, password of Redis as before, a new train Job")
    cluster.helm("rollback", "r", "1")
    cluster.await_counts(redis=1, replay=2, verifier=3, rollout=3, learner=2)
    history = json.loads(cluster.helm("history", "r", "-o", "json").stdout)
    expect([entry["status"] for entry in history] == ["superseded", "superseded", "deployed"], f"{history}")
    cluster.say("rolled back: rollout 3 of the old image; history has three revisions")


def budgets_hold(cluster):
    learner = cluster.pods("learner")[0]["metadata"]["name"]
    refused = cluster.evict(learner)
    expect("would violate the pod's disruption budget" in refused.stdout, refused.stdout)
    allowed = cluster.evict(cluster.pods("verifier")[0]["metadata"]["name"])
    expect(allowed.returncode == 0, allowed.stdout)
    cluster.await_counts(verifier=3)
    node = cluster.pods("learner")[0]["spec"]["nodeName"]
    held = cluster.kubectl("drain", node, "--ignore-daemonsets", "--delete-emptydir-data", "--timeout=8s", check=False)
    expect(held.returncode != 0 and "r-hir-learner" in held.stdout, held.stdout)
    cluster.kubectl("uncordon", node)
    other = next(n["metadata"]["name"] for n in cluster.get("nodes")["items"] if n["metadata"]["name"] != node)
    cluster.kubectl("drain", other, "--ignore-daemonsets", "--delete-emptydir-data", f"--timeout={PATIENCE}s")
    cluster.await_counts(redis=1, replay=2, verifier=3, rollout=3, learner=2)
    cluster.kubectl("uncordon", other)
    cluster.say("evictions: a learner's is refused and holds its node's drain; another node drains pod by pod, and all "
                "counts are whole again")


def with_operators_everything_is_accepted(cluster):
    for crd in sorted((TOOLS / "crds").glob("*.yaml")):
        cluster.kubectl("apply", "--server-side", "-f", crd)
    cluster.until("the API knows them", lambda: cluster.kubectl(
        "get", "scaledobjects,servicemonitors,prometheusrules,leaderworkersets", "-n", "hir", check=False).returncode == 0)
    example = CHART / "examples/sixty-four-nodes.yaml"
    apis = [word for api in ("monitoring.coreos.com/v1/ServiceMonitor", "monitoring.coreos.com/v1/PrometheusRule",
                             "keda.sh/v1alpha1/ScaledObject", "leaderworkerset.x-k8s.io/v1/LeaderWorkerSet")
            for word in ("--api-versions", api)]
    done = subprocess.run([BIN / "helm", "template", "big", CHART, "--namespace", "hir", "--kube-version", "1.37", *apis,
                           "--values", example, "--set-file", f"run.config={ROOT}/configs/hir.yaml"],
                          text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
    made = cluster.kubectl("apply", "--server-side", "--dry-run=server", "--validate=strict", "-f", "-",
                           stdin=done.stdout).stdout
    for kind in ("leaderworkerset", "scaledobject", "servicemonitor", "prometheusrule", "networkpolicy"):
        expect(kind in made, f"no {kind} was accepted:\n{made}")
    cluster.helm("upgrade", "r", CHART, *VALUES, "--set", "monitoring.serviceMonitor.enabled=true",
                 "--set", "monitoring.prometheusRule.enabled=true,monitoring.dashboards.enabled=true")
    expect(cluster.get("prometheusrules", "-n", "hir")["items"], "no rules were made")
    cluster.say("with the operators' CRDs the API server takes every object of the largest example, strictly")


def uninstall_keeps_data(cluster):
    password = cluster.get("secret", "r-hir-redis", "-n", "hir")["data"]
    cluster.helm("uninstall", "r")
    # Helm leaves hooks, and so the test's pod.
    cluster.until("pods are gone", lambda: not cluster.get(
        "pods", "-n", "hir", "-l", "app.kubernetes.io/component!=test")["items"])
    kept = sorted(claim["metadata"]["name"] for claim in cluster.get("pvc", "-n", "hir")["items"])
    expect(kept == ["data-r-hir-redis-0", "models", "r-hir-train", "runs-r-hir-learner-0", "runs-r-hir-learner-1"],
           f"claims left: {kept}")
    cluster.helm("install", "r", CHART, *VALUES)
    expect(cluster.get("secret", "r-hir-redis", "-n", "hir")["data"] == password, "Redis has another password now")
    cluster.await_counts(redis=1)
    cluster.say("uninstalled: no pod is left; claims of Redis, learner and train, and the password, stay, and are taken up "
                "when it is installed again")


def main():
    missing = [name for name in PROGRAMS if not (BIN / name).exists()]
    if missing:
        sys.exit(f"cluster_test: run tools/setup_cluster.sh first; {', '.join(missing)} are missing")
    with tempfile.TemporaryDirectory(prefix="hir-cluster-") as folder:
        cluster = Cluster(folder)
        try:
            cluster.start()
            prepare(cluster)
            for step in (bare_pods_are_refused, without_operators_their_objects_are_refused, installs_but_waits_for_gpus,
                         ranks_are_pod_indices, test_hook_runs, upgrades_and_rolls_back, budgets_hold,
                         with_operators_everything_is_accepted, uninstall_keeps_data):
                step(cluster)
        finally:
            cluster.stop()
    print("cluster_test: passed")


if __name__ == "__main__":
    main()
