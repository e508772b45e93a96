#!/usr/bin/env bash
# Gets what `make test` needs besides tools/setup.sh: promtool, Chromium, Transformers, and .deps/transformers_python, a
# Python that can import it with torch. Skips what exists already.
#
# torch's wheel is linked with 2 GB of CUDA libraries that a CPU never calls. Empty libraries with their names replace
# them; TORCH_USE_RTLD_GLOBAL makes torch bind symbols when first called.
set -euo pipefail
cd "$(dirname "$0")/.."
deps=$PWD/.deps
venv=$deps/venv

# promtool for the rules of deploy/prometheus, a browser for the dashboard's page.
missing=()
command -v promtool >/dev/null || missing+=(prometheus)
command -v chromium >/dev/null || missing+=(chromium)
if ((${#missing[@]})); then
  if ((EUID == 0)); then
    echo "[setup] installing ${missing[*]}, for tests"
    DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}" >>"$deps/apt.log" 2>&1 ||
      echo "setup_test: ${missing[*]} can't be installed ($deps/apt.log); tests that need them are skipped" >&2
  else
    echo "setup_test: tests that need ${missing[*]} are skipped; sudo apt-get install ${missing[*]}" >&2
  fi
fi

[[ -x $venv/bin/pip ]] || { echo "setup_test: run tools/setup.sh first" >&2; exit 1; }
stamp=$venv/requirements_test.installed
if cmp -s tools/requirements_test.txt "$stamp" && [[ -x $deps/transformers_python ]]; then exit 0; fi
"$venv/bin/pip" install -q --no-deps -r tools/requirements_test.txt

rm -rf "$deps/cuda_stand_ins" && mkdir "$deps/cuda_stand_ins"
libraries=$(ldd "$venv"/lib/python3.*/site-packages/torch/lib/*.so | awk '/not found/ { print $1 }' | sort -u)
for library in $libraries; do
  cc -shared -x c /dev/null -Wl,-soname,"$library" -o "$deps/cuda_stand_ins/$library"
done

cat >"$deps/transformers_python.tmp" <<END
#!/bin/sh
export TORCH_USE_RTLD_GLOBAL=1 LD_LIBRARY_PATH='$deps/cuda_stand_ins'
exec '$venv/bin/python' "\$@"
END
chmod +x "$deps/transformers_python.tmp"
mv "$deps/transformers_python.tmp" "$deps/transformers_python"
"$deps/transformers_python" -c 'import torch, transformers'
cp tools/requirements_test.txt "$stamp"
