"""A checker that tries what no checker may do. False: nothing of it works; else it raises."""

import os
import socket
import threading
import time


def fork():
    if os.fork() == 0:
        os._exit(0)


def write_file():
    for folder in ("/", "/tmp", "/dev/shm", "/usr", "/var/tmp"):
        try:
            open(folder + "/hir_probe", "w").close()
            return
        except OSError:
            pass
    raise OSError


def read_home():
    for path in ("/etc/passwd", "/root", "/home", "/proc/self/environ", "/sys"):
        try:
            os.stat(path)
            return
        except OSError:
            pass
    raise OSError


def use_inherited_file():
    for file in range(4, 256):
        try:
            os.fstat(file)
            return
        except OSError:
            pass
    raise OSError


def read_environment():
    if set(os.environ) <= {"PWD", "LC_CTYPE"}:
        raise OSError


FORBIDDEN = {
    "open a socket": lambda: socket.socket().close(),
    "start a process": fork,
    "start a program": lambda: os.execv("/usr/bin/true", ["true"]),
    "start a thread": lambda: threading.Thread(target=int).start(),
    "send a signal": lambda: os.kill(os.getppid(), 0),
    "wait": lambda: time.sleep(0.01),
    "write a file": write_file,
    "read outside of /usr": read_home,
    "use a file that it did not open": use_inherited_file,
    "read the environment": read_environment,
    "make a file in memory": lambda: os.memfd_create("probe"),
}


def check_following(instruction, response):
    for act, attempt in FORBIDDEN.items():
        try:
            attempt()
        except (OSError, RuntimeError):
            continue
        raise PermissionError(act)
    return False
