#!/bin/sh
# Launches Clang for the preset "clang": a source is read and nothing made of it but an empty object, a precompiled
# header is made, and programs are not linked.
for argument; do
  [ "$argument" = -emit-pch ] && exec "$@"
  [ "$argument" = -c ] && source=yes
  [ "$before" = -o ] && object=$argument
  before=$argument
done
if [ -n "$source" ]; then "$@" -Xclang -fsyntax-only || exit; fi
touch "$object"
