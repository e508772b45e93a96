#!/bin/sh
# Launches Clang for the preset "clang": a source is read and nothing made of it but an empty object, a precompiled
# header is made.
for argument; do
  [ "$argument" = -emit-pch ] && exec "$@"
  [ "$before" = -o ] && object=$argument
  before=$argument
done
"$@" -Xclang -fsyntax-only && touch "$object"
