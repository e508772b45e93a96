#!/usr/bin/env bash
# debian_base.sh OUTPUT.tar: a root of Debian 12 as small as debian:12-slim, for images and package tests on machines
# that can't pull a base image. Needs root and Debian's mirrors; installs mmdebstrap. Keeps an existing file.
set -euo pipefail
output=$1
[[ -s $output ]] && exit 0
((EUID == 0)) || { echo "debian_base: root is needed to make a root file system" >&2; exit 1; }
command -v mmdebstrap >/dev/null ||
  DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends mmdebstrap >/dev/null ||
  { echo "debian_base: mmdebstrap can't be installed; apt-get install mmdebstrap says why" >&2; exit 1; }
mkdir -p "$(dirname "$output")"
printf '\033[1m[base]\033[0m making a root of Debian 12, about a minute and a half\n'
excluded=()
for path in doc man info locale lintian linda groff; do excluded+=(--dpkgopt="path-exclude=/usr/share/$path/*"); done
mmdebstrap --quiet --format=tar --mode=root --variant=minbase --include=usr-is-merged --hook-dir=/usr/share/mmdebstrap/hooks/merged-usr "${excluded[@]}" --dpkgopt='path-include=/usr/share/doc/*/copyright' \
  --customize-hook='rm -rf "$1"/var/cache/apt/* "$1"/var/lib/apt/lists/* "$1"/var/log/*' \
  bookworm "$output.tmp" >"$output.log" 2>&1 || { tail -n 20 "$output.log" >&2; exit 1; }
mv "$output.tmp" "$output"
