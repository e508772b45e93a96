#!/usr/bin/env bash
# Builds the CPU images of docker/Dockerfile with buildah, which needs no engine, and checks each once: version, user,
# size. Needs root and buildah (apt-get install buildah).
#
# Builds the committed files, whatever changes in the tree meanwhile.
#
#   BASE_IMAGE      base to pull (default: a local Debian 12 root, made by tools/debian_base.sh)
#   BUILDAH_FLAGS   further flags of `buildah bud`, e.g. for a network with an authority of its own
#   PUSH            registry/path to push to, e.g. registry.example/hir; empty pushes nothing
set -euo pipefail
cd "$(dirname "$0")/.."
version=$(sed -n 's/^project(hir VERSION \([0-9.]*\) .*/\1/p' CMakeLists.txt)
revision=$(git rev-parse --short HEAD 2>/dev/null || echo unknown)
work=$PWD/build/images
mkdir -p "$work"

say() { printf '\033[1m[images]\033[0m %s\n' "$*"; }
fail() { printf 'build_images: %s\n' "$*" >&2; exit 1; }
command -v buildah >/dev/null || fail "buildah is missing; sudo apt-get install buildah"
((EUID == 0)) || fail "root is needed: without a container engine, builds run in a chroot"
# A separate storage, so that other images on this machine are not touched.
buildah() { command buildah --root "$work/storage" --runroot "$work/run" "$@"; }

if [[ -z ${BASE_IMAGE:-} ]]; then
  BASE_IMAGE=localhost/debian-12
  if ! buildah inspect --type image "$BASE_IMAGE" >/dev/null 2>&1; then
    tools/debian_base.sh "$work/base.tar"
    container=$(buildah from scratch)
    buildah add --quiet "$container" "$work/base.tar" / >/dev/null
    buildah config --cmd bash "$container"
    buildah commit --quiet --rm "$container" "$BASE_IMAGE" >/dev/null
  fi
fi

rm -rf "$work/context" "$work/stage" && mkdir "$work/context" "$work/stage"
git archive HEAD | tar x -C "$work/context"
# build_target TARGET FLAG...
build_target() {
  # shellcheck disable=SC2086  # flags are words
  buildah bud --isolation chroot --network host --layers --file "$work/context/docker/Dockerfile" --target "$1" \
    --build-arg BASE_IMAGE="$BASE_IMAGE" --build-arg VERSION="$version" --build-arg REVISION="$revision" \
    --tag "hir/$1:$version" "${@:2}" ${BUILDAH_FLAGS:-} "$work/context" >"$work/$1.log" 2>&1 ||
    { tail -n 30 "$work/$1.log" >&2; fail "$1 can't be built; the whole log is $work/$1.log"; }
}

say "compiling, about ten minutes the first time"
build_target build
# Buildah does not mount cached stages, so the packages are passed in a folder.
container=$(buildah from "hir/build:$version")
cp -r "$(buildah mount "$container")/packages" "$work/stage"
buildah umount "$container" >/dev/null && buildah rm "$container" >/dev/null

# The most megabytes of an image; Torch alone has 450.
limit_of() { case $1 in replay | verifier) echo 150 ;; verifier-python) echo 220 ;; hir) echo 170 ;; *) echo 750 ;; esac; }
program_of() { case $1 in hir) echo hir ;; verifier-python) echo hir-verifier ;; *) echo "hir-$1" ;; esac; }

for target in replay verifier verifier-python rollout learner hir; do
  say "building $target"
  build_target "$target" --build-context build="$work/stage"
  container=$(buildah from "hir/$target:$version")
  said=$(buildah run --isolation chroot "$container" -- "$(program_of "$target")" --version) ||
    fail "the program of $target does not run"
  user=$(buildah run --isolation chroot "$container" -- id -u)
  [[ $user == 10001 ]] || fail "$target runs as user $user"
  bytes=$(du -sb "$(buildah mount "$container")" | cut -f1)
  buildah rm "$container" >/dev/null
  ((bytes <= $(limit_of "$target") * 1000000)) || fail "$target has $((bytes / 1000000)) MB, more than $(limit_of "$target")"
  say "$target: $said, user $user, $((bytes / 1000000)) MB"
  if [[ -n ${PUSH:-} ]]; then buildah push "hir/$target:$version" "docker://$PUSH/$target:$version"; fi
done
