#!/usr/bin/env bash
# Gets what `make chart-test` needs besides tools/setup.sh, into .deps/chart: helm with its unittest plugin, kubeconform
# with the schemas of Kubernetes, kube-score, hadolint, and the project's checkers of compose files and Dockerfiles.
# Needs Go 1.26, which Debian 12 does not have; the first call compiles for about ten minutes. Skips what exists
# already.
set -euo pipefail
cd "$(dirname "$0")/.."
deps=$PWD/.deps
bin=$deps/chart/bin
plugin=$deps/chart/plugins/helm-unittest
mkdir -p "$bin" "$plugin"

command -v go >/dev/null || { echo "setup_chart: Go 1.26 or newer is needed (https://go.dev/dl)" >&2; exit 1; }
say() { printf '\033[1m[setup]\033[0m %s\n' "$*"; }

# go_install NAME MODULE@VERSION: a program of its own module.
go_install() {
  [[ -x $bin/$1 ]] && return
  say "compiling $1"
  GOBIN=$bin go install -trimpath "$2"
}
go_install helm helm.sh/helm/v3/cmd/helm@v3.22.0
go_install kubeconform github.com/yannh/kubeconform/cmd/kubeconform@v0.8.0
go_install kube-score github.com/zegl/kube-score/cmd/kube-score@v1.20.0

# The project's own are compiled every time; Go's cache makes that cheap.
(cd tools/go && go build -trimpath -o "$bin/" ./compose_check ./dockerfile_check)
if [[ ! -x $plugin/untt ]]; then
  say "compiling helm-unittest"
  (cd tools/go && go build -trimpath -o "$plugin/untt" github.com/helm-unittest/helm-unittest/cmd/helm-unittest)
  cat >"$plugin/plugin.yaml" <<'END'
name: unittest
version: 1.1.2
usage: unit tests of a chart
description: unit tests of a chart
ignoreFlags: false
command: $HELM_PLUGIN_DIR/untt
END
fi

# Custom resources that the chart makes if their operators are installed, from the operators' modules. crd
# MODULE@VERSION FILE
crd() {
  [[ -f $deps/chart/crds/$(basename "$2") ]] && return
  mkdir -p "$deps/chart/crds"
  local dir
  dir=$(cd "$deps/chart" && go mod download -json "$1" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')
  install -m 644 "$dir/$2" "$deps/chart/crds/"
}
for kind in servicemonitors podmonitors prometheusrules; do
  crd github.com/prometheus-operator/prometheus-operator@v0.85.0 "example/prometheus-operator-crd/monitoring.coreos.com_$kind.yaml"
done
crd github.com/kedacore/keda/v2@v2.21.0 config/crd/bases/keda.sh_scaledobjects.yaml
crd sigs.k8s.io/lws@v0.7.0 config/crd/bases/leaderworkerset.x-k8s.io_leaderworkersets.yaml

stamp=$deps/chart/requirements.installed
if ! cmp -s tools/requirements_chart.txt "$stamp"; then
  say "installing Python packages of the chart's tests"
  "$deps/venv/bin/pip" install -q --no-deps -r tools/requirements_chart.txt
  rm -rf "$deps/chart/schemas"
  "$deps/venv/bin/python" tools/kubernetes_schemas.py "$deps/chart/schemas" "$deps/chart/crds"/*.yaml
  cp tools/requirements_chart.txt "$stamp"
fi
