"""docker/seccomp/python-sandbox.json lets hir-verifier make its sandboxes, and refuses what it names.

  seccomp_test.py HIR_VERIFIER
"""

import ctypes
import errno
import json
import pathlib
import signal
import subprocess
import sys

PROFILE = pathlib.Path(__file__).parents[2] / "docker/seccomp/python-sandbox.json"
ALLOW, ERRNO = 0x7FFF0000, 0x00050000
PR_SET_NO_NEW_PRIVS = 38


def confine():
    """Puts this process, and what it runs, under the profile, as a container's runtime does."""
    profile = json.loads(PROFILE.read_text())
    assert profile["defaultAction"] == "SCMP_ACT_ALLOW"
    seccomp = ctypes.CDLL("libseccomp.so.2")
    seccomp.seccomp_init.restype = ctypes.c_void_p
    context = ctypes.c_void_p(seccomp.seccomp_init(ctypes.c_uint32(ALLOW)))
    for rule in profile["syscalls"]:
        for name in rule["names"]:
            number = seccomp.seccomp_syscall_resolve_name(name.encode())
            assert number != -1, f"{name} is no system call"
            seccomp.seccomp_rule_add(context, ctypes.c_uint32(ERRNO | rule["errnoRet"]), number, 0)
    ctypes.CDLL(None).prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    assert seccomp.seccomp_load(context) == 0


def check_refused():
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.ptrace(0, 0, 0, 0) == -1 and ctypes.get_errno() == errno.EPERM, "ptrace is not refused"


def main():
    try:
        ctypes.CDLL("libseccomp.so.2")
    except OSError:
        print("libseccomp is not installed: skipped")
        sys.exit(77)
    command = [sys.argv[1], "--listen=127.0.0.1:0", "--python-checkers=1"]
    # Where sandboxes can't be had at all, the profile is not to blame.
    for preparation in (None, confine):
        verifier = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                    preexec_fn=preparation)
        lines = []
        for line in verifier.stdout:
            lines.append(line)
            if "listening" in line:
                break
        verifier.send_signal(signal.SIGTERM)
        verifier.wait()
        if any("Python checkers run in sandboxes" in line for line in lines):
            continue
        if preparation is None:
            print(f"no sandbox can be made here: skipped\n{''.join(lines)}")
            sys.exit(77)
        sys.exit(f"no sandbox under the profile:\n{''.join(lines)}")
    confine()
    check_refused()
    print("sandboxes are made under the profile, and ptrace is refused")


if __name__ == "__main__":
    main()
