#!/usr/bin/env bash
# Gets everything that building, testing and the demo need, on a fresh Debian 12 as root: Debian
# packages, a private Python environment with LibTorch, the C sources of hiredis, uPlot for the page
# of a run, text data for the checkers and the demo's model. Skips what exists already. Everything outside Debian goes
# to .deps/ with pinned versions; elsewhere only pip, npm and cargo keep their caches.
set -euo pipefail
cd "$(dirname "$0")/.."
deps=$PWD/.deps
mkdir -p "$deps"

say() { printf '\033[1m[setup]\033[0m %s\n' "$*"; }
fail() { printf 'setup: %s\n' "$*" >&2; exit 1; }

# --- Debian packages ---------------------------------------------------------------------------
# Debian 12 fixes their versions; security updates come with the distribution.
packages=(g++ cmake ninja-build pkg-config dpkg-dev file git ca-certificates python3-venv redis-server procps
  libgrpc++-dev libprotobuf-dev protobuf-compiler protobuf-compiler-grpc libabsl-dev libssl-dev
  libcurl4-openssl-dev libboost-dev
  prometheus-cpp-dev libyaml-cpp-dev nlohmann-json3-dev libre2-dev libpcre2-dev
  libseccomp-dev bubblewrap
  zlib1g-dev
  libgtest-dev libgmock-dev librapidcheck-dev libbenchmark-dev libgloo-dev)
# rust/hir_parquet needs cargo 1.85; Debian's package `cargo` is 0.66, and cargo-web replaces it.
cargo_minor=$({ cargo --version 2>/dev/null || true; } | sed -n 's/^cargo 1\.\([0-9]*\)\..*/\1/p')
((${cargo_minor:-0} >= 85)) || packages+=(cargo-web rustc-web)
# It only fetches, so any version will do.
command -v npm >/dev/null || packages+=(npm)
missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
if ((${#missing[@]})); then
  . /etc/os-release
  [[ ${VERSION_CODENAME:-} == bookworm ]] || fail "Debian 12 (bookworm) is needed to install ${missing[*]}; this is ${PRETTY_NAME:-unknown}. Install them by hand and run this again."
  ((EUID == 0)) || fail "root is needed to install ${missing[*]}; run 'sudo apt-get install ${missing[*]}' and try again."
  say "installing ${#missing[@]} Debian packages"
  apt-get update -q >/dev/null
  DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}" \
    >"$deps/apt.log" 2>&1 || fail "apt-get failed; its output is in $deps/apt.log"
  # Each run has a Redis of its own; the one that Debian's package starts is not wanted.
  if [[ " ${missing[*]} " == *" redis-server "* && -d /run/systemd/system ]]; then
    systemctl disable --quiet --now redis-server
  fi
fi

# --- Python environment: LibTorch and the tools that prepare data ----------------------------------
stamp=$deps/venv/requirements.installed
if ! cmp -s tools/requirements.txt "$stamp"; then
  say "installing Python packages (LibTorch is 0.5 GB)"
  [[ -x $deps/venv/bin/pip ]] || /usr/bin/python3 -m venv "$deps/venv"
  # --no-deps: the list is complete, and torch's CUDA libraries (2 GB) are not needed on a CPU.
  "$deps/venv/bin/pip" install -q --no-deps -r tools/requirements.txt
  cp tools/requirements.txt "$stamp"
fi

# --- hiredis ---------------------------------------------------------------------------------------
if [[ ! -d $deps/hiredis ]]; then
  say "fetching the C sources of hiredis 1.5.0"
  archive=hiredis-3.5.0.tar.gz
  rm -rf "$deps/hiredis.tmp" && mkdir -p "$deps/hiredis.tmp"
  "$deps/venv/bin/pip" download -q --no-deps --no-binary :all: --no-build-isolation -d "$deps/hiredis.tmp" hiredis==3.5.0
  echo "c227592cc56b7df247abe4755c26723965be68972be2149fa441ac33d82131ba  $deps/hiredis.tmp/$archive" |
    sha256sum -c --quiet || fail "$archive is not the file that was pinned"
  tar xzf "$deps/hiredis.tmp/$archive" -C "$deps/hiredis.tmp" --strip-components=3 hiredis-3.5.0/vendor/hiredis
  rm "$deps/hiredis.tmp/$archive"
  mv "$deps/hiredis.tmp" "$deps/hiredis"
fi

# --- uPlot -----------------------------------------------------------------------------------------
uplot=1.6.32
if ! grep -qs "\"version\": \"$uplot\"" "$deps/uplot/package.json"; then
  say "fetching uPlot $uplot"
  rm -rf "$deps/uplot.tmp" && mkdir -p "$deps/uplot.tmp"
  (cd "$deps/uplot.tmp" && npm pack --loglevel=error "uplot@$uplot" >/dev/null) || fail "npm can't fetch uPlot"
  echo "4b8a8191e425658e3ea8c8c1314b0fc679c861ee3a1af2b20c7b16ba50b5133d  $deps/uplot.tmp/uplot-$uplot.tgz" |
    sha256sum -c --quiet || fail "uplot-$uplot.tgz is not the file that was pinned"
  tar xzf "$deps/uplot.tmp/uplot-$uplot.tgz" -C "$deps/uplot.tmp" --strip-components=1
  rm "$deps/uplot.tmp/uplot-$uplot.tgz"
  rm -rf "$deps/uplot" && mv "$deps/uplot.tmp" "$deps/uplot"
fi

# --- Data of the checkers, model of the demo and the tests ---------------------------------------------
"$deps/venv/bin/python" tools/fetch_text_data.py "$deps/text_data"
"$deps/venv/bin/python" tools/prepare_model.py "$deps/models/SmolLM2-135M-Instruct"
