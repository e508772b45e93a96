"""The packages and the tarball of build/release/packages, each installed in a fresh root of Debian 12 and run there:
versions, a file of responses verified, a service that starts, is probed and drains. Needs root, for chroot. Run by
`make package-test`.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).parents[2]
PACKAGES = ROOT / "build/release/packages"
VERSION = re.search(r"project\(hir VERSION (\S+)", (ROOT / "CMakeLists.txt").read_text())[1]
BASE = ROOT / "build/images/base.tar"
PROGRAMS = ("hir", "hir-replay", "hir-verifier", "hir-rollout", "hir-learner")
RECORD = {"key": 1, "response": "Rivers run.", "instruction_id_list": ["punctuation:no_comma"], "kwargs": [{}]}
# Starts the service, waits for its health with its own probe, and ends it as systemd would.
SERVE = """
{program} --listen 127.0.0.1:{port} >/tmp/log 2>&1 & pid=$!
for _ in $(seq 100); do {program} --probe 127.0.0.1:{port} 2>/dev/null && healthy=yes && break; sleep 0.1; done
kill -TERM $pid; wait $pid && [ "$healthy" = yes ] && grep -q '"signal":15' /tmp/log
"""


class FreshRoot:
    """A root of Debian 12 in a temporary folder. What is mounted in it is mounted in a namespace that ends with each
    command, so that removing the folder removes nothing else."""

    def __enter__(self):
        self.path = tempfile.mkdtemp(prefix="hir-root-")
        subprocess.run(["tar", "xf", BASE, "-C", self.path, "--exclude=./dev/*"], check=True)
        for name, minor in (("null", 3), ("urandom", 9), ("random", 8), ("zero", 5)):
            os.mknod(f"{self.path}/dev/{name}", 0o666 | 0o020000, os.makedev(1, minor))
            os.chmod(f"{self.path}/dev/{name}", 0o666)
        shutil.copy("/etc/resolv.conf", f"{self.path}/etc/resolv.conf")
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.path)

    def run(self, script):
        # The loader finds ../lib/hir by way of /proc.
        enter = f"mount -t proc proc {self.path}/proc && exec chroot {self.path} sh -euc \"$0\""
        done = subprocess.run(["unshare", "--mount", "--pid", "--fork", "sh", "-euc", enter, script], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root",
                                                             "DEBIAN_FRONTEND": "noninteractive"})
        if done.returncode != 0:
            raise AssertionError(f"{script}\n{done.stdout[-4000:]}")
        return done.stdout

    def write(self, path, text):
        (pathlib.Path(self.path) / path).write_text(text)

    def read(self, path):
        return (pathlib.Path(self.path) / path).read_text()


class Packages(unittest.TestCase):
    def try_out(self, root, folder):
        """Every program of `folder` runs, and one of them does its work."""
        for program in PROGRAMS:
            self.assertIn(f"{program} {VERSION}" if program != "hir" else VERSION, root.run(f"{folder}/{program} --version"))
        root.write("tmp/in.jsonl", json.dumps(RECORD) + "\n")
        root.run(f"{folder}/hir verify --input /tmp/in.jsonl --output /tmp/out.jsonl")
        self.assertEqual(json.loads(root.read("tmp/out.jsonl"))["strict"], [True])
        root.run(SERVE.format(program=f"{folder}/hir-verifier", port=17001))

    def test_debian_packages_install_run_and_go(self):
        with FreshRoot() as root:
            (pathlib.Path(root.path) / "packages").mkdir()
            for package in PACKAGES.glob("*.deb"):
                shutil.copy(package, f"{root.path}/packages/")
            root.run("apt-get update -q && apt-get install -y -q --no-install-recommends /packages/*.deb")
            self.try_out(root, "/usr/bin")
            # The licence of what is inside, which asks to be passed on.
            self.assertIn("Leon Sorokin\n\nPermission is hereby granted", root.read("usr/share/doc/hir/copyright"))
            for service in ("replay", "verifier", "rollout", "learner"):
                self.assertIn("HIR_FLAGS=", root.read(f"etc/default/hir-{service}"))
                root.run(f"test -f /usr/lib/systemd/system/hir-{service}.service")
            # What an administrator changed is kept when the package goes, and goes when it is purged.
            root.write("etc/default/hir-verifier", "HIR_FLAGS=--mine\n")
            root.run("apt-get remove -y -q hir-verifier && grep -q -- --mine /etc/default/hir-verifier")
            root.run("apt-get purge -y -q 'hir*' && ! ls /usr/bin/hir* /etc/default/hir* /usr/lib/hir 2>/dev/null")

    def test_tarball_runs_where_it_is_unpacked(self):
        (tarball,) = PACKAGES.glob("*.tar.gz")
        with FreshRoot() as root:
            target = pathlib.Path(root.path) / "opt/any where"
            target.mkdir(parents=True)
            subprocess.run(["tar", "xzf", tarball, "-C", target, "--strip-components=1"], check=True)
            root.run("ln -s '/opt/any where' /hir")
            self.try_out(root, "/hir/bin")

    def test_units_are_understood_by_systemd(self):
        if shutil.which("systemd-analyze") is None:
            self.skipTest("systemd-analyze is not installed")
        with tempfile.TemporaryDirectory() as folder:
            for unit in (ROOT / "deploy/systemd").glob("*.service"):
                text = unit.read_text().replace("/usr/bin/", f"{ROOT}/build/release/bin/")
                path = pathlib.Path(folder) / unit.name
                path.write_text(text)
                done = subprocess.run(["systemd-analyze", "verify", "--man=no", path], text=True,
                                      stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
                self.assertEqual(done.returncode, 0, done.stdout)
                self.assertNotIn(unit.name, done.stdout)


if __name__ == "__main__":
    if os.geteuid() != 0:
        sys.exit("package_test: root is needed, for chroot")
    unittest.main(verbosity=2)
