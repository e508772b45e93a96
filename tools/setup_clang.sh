#!/usr/bin/env bash
# Gets what formats, reads and sanitizes the sources: Clang 14 of Debian 12 with clang-format, clang-tidy and the
# sanitizers. Another version formats and warns otherwise, so all that use them name this one.
set -euo pipefail
cd "$(dirname "$0")/.."
packages=(clang-14 clang-format-14 clang-tidy-14 libclang-rt-14-dev)
missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
((${#missing[@]})) || exit 0
((EUID == 0)) || { echo "setup_clang: run 'sudo apt-get install ${missing[*]}' and try again." >&2; exit 1; }
echo "[setup] installing ${missing[*]}"
mkdir -p .deps
apt-get update -q >/dev/null
DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}" >.deps/apt.log 2>&1 ||
  { echo "setup_clang: apt-get failed; its output is in .deps/apt.log" >&2; exit 1; }
