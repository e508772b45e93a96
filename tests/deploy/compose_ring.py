"""Runs the services of docker/compose.yaml as plain processes: their own commands, environment, order and health
checks, each service on a loopback address of its own in place of its name. Trains CONFIG to its end, looks at
Prometheus' targets, then stops all as compose would.

  compose_ring.py --bin FOLDER --model FOLDER --data FOLDER --config NAME --run NAME --steps N

CONFIG is the name of the configuration in the data folder.
"""

import argparse
import ipaddress
import json
import os
import pathlib
import random
import re
import shlex
import signal
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

import yaml

ROOT = pathlib.Path(__file__).parents[2]
DOCKER = ROOT / "docker"
PROFILES = {"cpu"}
# Programs that this machine can't have; the test says that it runs all others.
NOT_HERE = {"grafana", "redis-exporter"}
# What an image's own entrypoint runs when it is none of ours.
ENTRYPOINTS = {"prom/prometheus": ["prometheus"], "redis": []}


def interpolate(text, environment):
    """As compose does: ${NAME}, ${NAME:-default}, ${NAME:?message}, $$."""
    def value(match):
        if match.group(0) == "$$":
            return "$"
        name, operator, rest = match.group(1), match.group(2), match.group(3)
        found = environment.get(name, "")
        if found or operator is None:
            return found
        if operator == ":-":
            return rest
        sys.exit(f"compose.yaml wants {name}: {rest}")
    return re.sub(r"\$\$|\$\{(\w+)(?:(:-|:\?)([^}]*))?\}", value, text)


def interpolated(node, environment):
    if isinstance(node, str):
        return interpolate(node, environment)
    if isinstance(node, list):
        return [interpolated(value, environment) for value in node]
    if isinstance(node, dict):
        return {key: interpolated(value, environment) for key, value in node.items()}
    return node


def dockerfile_stage(target):
    """{"ENTRYPOINT": [...], "HEALTHCHECK": [...], "FROM": base} of a stage of our Dockerfile."""
    text = (DOCKER / "Dockerfile").read_text()
    stage = re.search(rf"^FROM (\S+) AS {target}\n(.*?)(?=^FROM |\Z)", text, re.MULTILINE | re.DOTALL)
    found = {"FROM": stage.group(1)}
    for word, pattern in (("ENTRYPOINT", r"^ENTRYPOINT (.*)$"), ("HEALTHCHECK", r"^HEALTHCHECK .*?CMD (.*)$")):
        match = re.search(pattern, stage.group(2), re.MULTILINE)
        found[word] = json.loads(match.group(1)) if match else None
    return found


class Ring:
    def __init__(self, services, secrets, folder, bin_folder):
        self.services, self.secrets, self.folder, self.bin = services, secrets, folder, bin_folder
        # A block of loopback addresses that hardly another test has.
        block = ipaddress.ip_address(f"127.{random.randint(1, 254)}.{random.randint(0, 254)}.0")
        self.address = {name: str(block + 1 + i) for i, name in enumerate(services)}
        self.running, self.logs = {}, {}

    def place(self, name, text):
        """`text` of the service's command or files, with addresses and paths of this machine."""
        text = text.replace("0.0.0.0", self.address[name]).replace("127.0.0.1", self.address[name])
        for other, address in self.address.items():
            text = re.sub(rf"(?<![\w.-]){re.escape(other)}:(?=\d)", f"{address}:", text)
        mounts = self.mounts(name)
        insides = "|".join(re.escape(inside) for inside in sorted(mounts, key=len, reverse=True))
        return re.sub(rf"(?<![\w./-])({insides})(?![\w-])", lambda match: mounts[match.group(1)], text)

    def mounts(self, name):
        found = {"/tmp": str(self.folder / "tmp" / name)}
        for volume in self.services[name].get("volumes", []):
            source, target = volume.split(":")[:2]
            is_path = source.startswith((".", "/"))
            found[target] = str((DOCKER / source).resolve() if is_path else self.folder / "volumes" / source)
        for secret in self.services[name].get("secrets", []):
            found[f"/run/secrets/{secret}"] = str(self.folder / "secrets" / secret)
        return found

    def prepare(self, name):
        for outside in self.mounts(name).values():
            if outside.startswith(str(self.folder)) and "/secrets/" not in outside and not os.path.exists(outside):
                os.makedirs(outside)
        for secret in self.services[name].get("secrets", []):
            path = self.folder / "secrets" / secret
            path.parent.mkdir(exist_ok=True)
            path.write_text(self.secrets[secret])

    def image(self, name):
        return self.services[name]["image"].rsplit(":", 1)[0]

    def is_ours(self, name):
        return self.image(name).startswith("hir/")

    def argv(self, name):
        service = self.services[name]
        if "entrypoint" in service:
            entrypoint = service["entrypoint"]
        elif self.is_ours(name):
            entrypoint = dockerfile_stage(self.image(name).removeprefix("hir/"))["ENTRYPOINT"]
        else:
            entrypoint = ENTRYPOINTS[self.image(name)]
        argv = [self.place(name, word) for word in entrypoint + service.get("command", [])]
        if self.is_ours(name):
            argv[0] = f"{self.bin}/{argv[0]}"
        return argv

    def health_check(self, name):
        test = self.services[name].get("healthcheck", {}).get("test")
        if test is None:
            command = dockerfile_stage(self.image(name).removeprefix("hir/"))["HEALTHCHECK"]
            return [f"{self.bin}/{command[0]}"] + [self.place(name, word) for word in command[1:]]
        return ["sh", "-c", self.place(name, test[1]).replace("redis-cli ", f"redis-cli -h {self.address[name]} ")]

    def start(self, name):
        self.prepare(name)
        self.logs[name] = self.folder / f"{name}.log"
        environment = {**os.environ, **{key: self.place(name, str(value)) for key, value in
                                        self.services[name].get("environment", {}).items()}}
        argv = self.argv(name)
        with open(self.logs[name], "w") as log:
            print(shlex.join(argv), file=log, flush=True)
            self.running[name] = subprocess.Popen(argv, stdout=log, stderr=subprocess.STDOUT, cwd=ROOT,
                                                  env=environment)

    def await_healthy(self, name, deadline):
        while time.monotonic() < deadline:
            if self.running[name].poll() is not None:
                self.fail(f"{name} ended with {self.running[name].returncode}")
            if subprocess.run(self.health_check(name), stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL).returncode == 0:
                return
            time.sleep(0.1)
        self.fail(f"{name} is not healthy")

    def up(self, deadline):
        """Starts every service once those that it depends on are as far as it wants."""
        waiting = dict(self.services)
        while waiting:
            ready = [name for name, service in waiting.items()
                     if not any(other in waiting for other in service.get("depends_on", {}))]
            if not ready:
                self.fail(f"depends_on goes round among {sorted(waiting)}")
            for name in ready:
                wanted = waiting.pop(name).get("depends_on", {})
                for other in wanted:
                    if isinstance(wanted, dict) and wanted[other]["condition"] == "service_healthy":
                        self.await_healthy(other, deadline)
                self.start(name)

    def down(self):
        """SIGTERM to all that run, in the order that compose takes; every one of ours ends well and in time."""
        for name in reversed(list(self.running)):
            process = self.running[name]
            process.send_signal(signal.SIGTERM)
            grace = int(self.services[name].get("stop_grace_period", "10s").removesuffix("s"))
            code = process.wait(timeout=grace)
            if self.is_ours(name) and code != 0:
                self.fail(f"{name} ended with {code}")

    def kill(self):
        for process in self.running.values():
            process.kill()

    def fail(self, message):
        for name, log in self.logs.items():
            print(f"--- {name}\n{log.read_text()[-3000:]}")
        sys.exit(f"compose_ring: {message}")


def place_prometheus(ring):
    """Prometheus' own file names services too."""
    name, inside = "prometheus", "/etc/prometheus/prometheus.yaml"
    text = pathlib.Path(ring.mounts(name)[inside]).read_text()
    rules = ring.folder / "rules"
    rules.mkdir()
    for target, source in ring.mounts(name).items():
        if target.startswith("/etc/prometheus/rules/"):
            (rules / pathlib.Path(source).name).symlink_to(source)
    placed = ring.folder / "prometheus.yaml"
    placed.write_text(ring.place(name, text).replace("/etc/prometheus/rules", str(rules)).replace("15s", "1s"))
    volumes = [v for v in ring.services[name]["volumes"] if inside not in v]
    ring.services[name]["volumes"] = volumes + [f"{placed}:{inside}"]
    ring.services[name]["command"] += ["--web.listen-address=0.0.0.0:9090"]


def ask_prometheus(ring, path):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"http://{ring.address['prometheus']}:9090{path}", timeout=10) as answer:
        return json.load(answer)["data"]


def await_targets(ring, deadline):
    """Every target of ours is scraped."""
    down = None
    while time.monotonic() < deadline:
        try:
            targets = ask_prometheus(ring, "/api/v1/targets")["activeTargets"]
        except OSError:
            targets = []
        ours = [target for target in targets if target["labels"]["job"].startswith("hir-")]
        down = [target["scrapeUrl"] for target in ours if target["health"] != "up"]
        if len(ours) == 5 and not down:
            return
        time.sleep(0.2)
    ring.fail(f"Prometheus does not reach {down}")


def await_evaluators(ring, deadline):
    """Every worker has answered held-out prompts, although train's command names none."""
    query = 'grpc_server_handled_total{job="hir-rollout",grpc_method="Generate",grpc_code="OK"}'
    workers = [name for name in ring.services if name.startswith("rollout")]
    asked = set()
    while time.monotonic() < deadline:
        result = ask_prometheus(ring, f"/api/v1/query?query={urllib.parse.quote(query)}")["result"]
        asked = {series["metric"]["instance"] for series in result}
        if len(asked) == len(workers):
            return
        time.sleep(0.2)
    ring.fail(f"of {workers} only {sorted(asked)} evaluated")


def examine(ring):
    """What the chart's test Job runs, on this ring."""
    argv = [f"{ring.bin}/hir", "doctor"]
    for option, service, port in (("connect", "replay", 7000), ("verifier", "verifier", 7001),
                                  ("rollout", "rollout-1", 7002), ("learner", "learner", 7003)):
        argv.append(f"--{option}={ring.address[service]}:{port}")
    looked = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if looked.returncode != 0:
        ring.fail(looked.stdout)


def main():
    parser = argparse.ArgumentParser()
    for option in ("--bin", "--model", "--data", "--config", "--run", "--steps"):
        parser.add_argument(option, required=True)
    options = parser.parse_args()
    deadline = time.monotonic() + 240
    environment = {"HIR_MODEL_DIR": options.model, "HIR_DATA_DIR": options.data,
                   "HIR_CONFIG": f"/data/{options.config}", "HIR_RUN": options.run,
                   "HIR_REDIS_PASSWORD": "se cret", "HIR_GRAFANA_PASSWORD": "-"}
    # Interpolated before it is parsed, a value could change the file's structure; compose goes the same way.
    compose = interpolated(yaml.safe_load((DOCKER / "compose.yaml").read_text()), environment)
    services = {name: service for name, service in compose["services"].items()
                if PROFILES & set(service.get("profiles", PROFILES)) and name not in NOT_HERE}
    for service in services.values():
        if isinstance(service.get("depends_on"), list):
            service["depends_on"] = {name: {"condition": "service_started"} for name in service["depends_on"]}
    secrets = {name: environment[secret["environment"]] for name, secret in compose["secrets"].items()}
    with tempfile.TemporaryDirectory(prefix="hir-compose-") as folder:
        ring = Ring(services, secrets, pathlib.Path(folder), options.bin)
        place_prometheus(ring)
        try:
            ring.up(deadline)
            await_targets(ring, deadline)
            code = ring.running.pop("train").wait(timeout=max(1, deadline - time.monotonic()))
            if code != 0:
                ring.fail(f"train ended with {code}")
            run = pathlib.Path(folder) / "volumes" / "runs" / options.run
            steps = len((run / "metrics.jsonl").read_text().splitlines())
            if steps != int(options.steps):
                ring.fail(f"metrics.jsonl has {steps} steps")
            if not list((run / "checkpoints").iterdir()):
                ring.fail("there is no checkpoint")
            await_evaluators(ring, deadline)
            examine(ring)
            ring.down()
        finally:
            ring.kill()
    print(f"{len(services)} services of compose.yaml trained {steps} steps")


if __name__ == "__main__":
    main()
