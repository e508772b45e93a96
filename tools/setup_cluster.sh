#!/usr/bin/env bash
# Gets what `make cluster-test` needs besides tools/setup_chart.sh, into .deps/chart/bin: a control plane of Kubernetes
# 1.37 (API server, controllers, scheduler), etcd, and kwok, which simulates nodes. The first call compiles for up to
# half an hour. Skips what exists already.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=$PWD/.deps/chart/bin
mkdir -p "$bin"

command -v go >/dev/null || { echo "setup_cluster: Go 1.26 or newer is needed (https://go.dev/dl)" >&2; exit 1; }
say() { printf '\033[1m[setup]\033[0m %s\n' "$*"; }

for program in kwok kwokctl; do
  [[ -x $bin/$program ]] && continue
  say "compiling $program"
  GOBIN=$bin go install -trimpath sigs.k8s.io/kwok/cmd/$program@v0.8.0
done
version=v1.37.2
for program in kubectl kube-scheduler kube-controller-manager kube-apiserver; do
  [[ -x $bin/$program ]] && continue
  say "compiling $program $version"
  (cd tools/go/kubernetes && CGO_ENABLED=0 go build -trimpath -o "$bin/$program" -ldflags "-s -w \
    -X k8s.io/component-base/version.gitVersion=$version -X k8s.io/component-base/version.gitMajor=1 \
    -X k8s.io/component-base/version.gitMinor=37" k8s.io/kubernetes/cmd/$program)
done
if ! command -v etcd >/dev/null; then
  ((EUID == 0)) || { echo "setup_cluster: sudo apt-get install etcd-server" >&2; exit 1; }
  say "installing etcd"
  DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends etcd-server >>.deps/apt.log 2>&1
  # Each test has an etcd of its own; the one that Debian's package starts is not wanted.
  if [[ -d /run/systemd/system ]]; then systemctl disable --quiet --now etcd; fi
fi
