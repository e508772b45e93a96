#!/bin/sh
# Writes the Python stubs of the verifier and of checker services.
#   make_stubs.sh [PYTHON [FOLDER]]      by default python3 and stubs/ beside this file
set -eu
here=$(cd "$(dirname "$0")" && pwd)
protos=$here/../../proto
out=${2:-$here/stubs}
mkdir -p "$out"
"${1:-python3}" -m grpc_tools.protoc -I "$protos" --python_out="$out" --grpc_python_out="$out" \
  hir/common/v1/common.proto hir/verifier/v1/verifier.proto hir/checker/v1/checker.proto
