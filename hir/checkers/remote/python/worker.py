"""Runs the checkers of data sets, each check in a process of its own that has given up its rights.

Started by sandboxed_process.cc in namespaces without network and with nothing but /usr, read-only.
Standard input: a line of settings, then a line for each check. Standard output: a line for each of
them. All are JSON objects.

    settings  {"filter", "cpu_seconds", "wall_seconds", "memory_bytes", "output_bytes"}
              filter: a seccomp program, base64
    answer    {"landlock": whether the kernel has it}
    check     {"source", "instruction", "response"}
    answer    {"verdict": true or false}, or {"undecidable": why}

The source defines check_following(instruction, response); `re` is there without an import.
"""

import base64
import ctypes
import gc
import json
import os
import re
import resource
import select
import signal
import sys
import time

# What checkers import most, so that no check waits for it.
import collections  # noqa: F401
import datetime  # noqa: F401
import functools  # noqa: F401
import itertools  # noqa: F401
import math  # noqa: F401
import string  # noqa: F401
import unicodedata  # noqa: F401

LIBC = ctypes.CDLL(None, use_errno=True)
LIBC.syscall.restype = ctypes.c_long

RESULT_FD = 3  # Of a check's process.
MOST_RESULT_BYTES = 4096
MOST_REASON_CHARACTERS = 200

# linux/landlock.h. The system calls have these numbers on every architecture.
LANDLOCK_CREATE_RULESET, LANDLOCK_ADD_RULE, LANDLOCK_RESTRICT_SELF = 444, 445, 446
LANDLOCK_CREATE_RULESET_VERSION = 1
LANDLOCK_RULE_PATH_BENEATH = 1
LANDLOCK_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15}  # Bits by version; 16 since the fifth.
LANDLOCK_READ_FILE_AND_DIR = 0b1100
LANDLOCK_TCP_BIND_AND_CONNECT = 0b11
LANDLOCK_SCOPE_SOCKETS_AND_SIGNALS = 0b11

PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 22, 2
PR_SET_NO_NEW_PRIVS = 38


class RulesetAttributes(ctypes.Structure):
    _fields_ = [("files", ctypes.c_uint64), ("network", ctypes.c_uint64),
                ("scoped", ctypes.c_uint64)]


class PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = [("access", ctypes.c_uint64), ("parent", ctypes.c_int32)]


class SockFprog(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("program", ctypes.c_char_p)]


def must(what, result):
    """Raises unless the call `what` gave a result that is no error."""
    if result < 0:
        raise OSError(ctypes.get_errno(), what)
    return result


def restrict_with_landlock():
    """Leaves nothing of the file system but reading /usr. False: the kernel has no Landlock."""
    version = LIBC.syscall(LANDLOCK_CREATE_RULESET, None, 0, LANDLOCK_CREATE_RULESET_VERSION)
    if version < 1:
        return False
    attributes = RulesetAttributes(
        (1 << LANDLOCK_FILE_RIGHTS.get(version, 16)) - 1,
        LANDLOCK_TCP_BIND_AND_CONNECT if version >= 4 else 0,
        LANDLOCK_SCOPE_SOCKETS_AND_SIGNALS if version >= 6 else 0)
    size = 8 if version < 4 else 16 if version < 6 else 24
    ruleset = must("landlock_create_ruleset",
                   LIBC.syscall(LANDLOCK_CREATE_RULESET, ctypes.byref(attributes), size, 0))
    usr = os.open("/usr", os.O_PATH)
    rule = PathBeneath(LANDLOCK_READ_FILE_AND_DIR, usr)
    must("landlock_add_rule", LIBC.syscall(LANDLOCK_ADD_RULE, ruleset, LANDLOCK_RULE_PATH_BENEATH,
                                           ctypes.byref(rule), 0))
    must("landlock_restrict_self", LIBC.syscall(LANDLOCK_RESTRICT_SELF, ruleset, 0))
    os.close(usr)
    os.close(ruleset)
    return True


def read_line():
    """The next line of standard input without its end, which is the last that was sent; None at the end."""
    line = bytearray()
    while not line.endswith(b"\n"):
        data = os.read(0, 1 << 16)
        if not data:
            return None
        line += data
    return bytes(line[:-1])


def write_line(record):
    line = json.dumps(record).encode() + b"\n"
    while line:
        line = line[os.write(1, line):]


class Checks:
    def __init__(self, settings):
        self.filter = base64.b64decode(settings["filter"])
        self.cpu_seconds = settings["cpu_seconds"]
        self.wall_seconds = settings["wall_seconds"]
        self.memory_bytes = settings["memory_bytes"]
        self.output_bytes = settings["output_bytes"]

    def give_up_rights(self, output):
        """Of this process, for good: its files, its limits, then all but a few system calls."""
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.closerange(RESULT_FD + 1, 1024)
        for limit, value in ((resource.RLIMIT_CPU, self.cpu_seconds),
                             (resource.RLIMIT_AS, self.memory_bytes),
                             (resource.RLIMIT_NPROC, 0), (resource.RLIMIT_FSIZE, 0),
                             (resource.RLIMIT_NOFILE, 64), (resource.RLIMIT_CORE, 0)):
            resource.setrlimit(limit, (value, value))
        program = SockFprog(len(self.filter) // 8, self.filter)
        must("prctl(PR_SET_SECCOMP)",
             LIBC.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0))

    def decide(self, check):
        """In the check's own process: b"1", b"0", or b"e" and why there is no verdict."""
        try:
            scope = {"re": re, "__name__": "checker"}
            exec(compile(check["source"], "<checker>", "exec"), scope)
            passes = bool(scope["check_following"](check["instruction"], check["response"]))
            sys.stdout.flush()
            return b"1" if passes else b"0"
        except BaseException as error:  # Whatever it is, it is no verdict.
            reason = f"{type(error).__name__}: {error}"[:MOST_REASON_CHARACTERS]
            return b"e" + reason.encode("utf-8", "replace")

    def start(self, check):
        """Forks the check's process; gives its id, its results and what it prints."""
        result, result_end = os.pipe()
        output, output_end = os.pipe()
        pid = os.fork()
        if pid != 0:
            os.close(result_end)
            os.close(output_end)
            return pid, result, output
        try:
            # Nobody writes there: whoever reads finds the end at once.
            nothing, nothing_end = os.pipe()
            os.close(nothing_end)
            os.dup2(nothing, 0)
            os.dup2(output_end, 2)
            os.dup2(result_end, RESULT_FD)
            self.give_up_rights(2)
            os.write(RESULT_FD, self.decide(check))
        finally:
            os._exit(0)

    def read(self, result, output):
        """What the process gives as its result, and why it is to be killed, if it is."""
        deadline = time.monotonic() + self.wall_seconds
        given = b""
        printed = 0
        reading = {result, output}
        while reading:
            left = max(0.0, deadline - time.monotonic())
            ready = select.select(list(reading), [], [], left)[0]
            if not ready:
                return given, f"The checker takes longer than {self.wall_seconds} s."
            for file in ready:
                data = os.read(file, 1 << 16)
                if not data:
                    reading.discard(file)
                elif file == result:
                    given += data
                else:
                    printed += len(data)
            if printed > self.output_bytes or len(given) > MOST_RESULT_BYTES:
                return given, f"The checker prints more than {self.output_bytes} bytes."
        return given, None

    def why_ended(self, status):
        if not os.WIFSIGNALED(status):
            return "The checker's process ends without a verdict."
        number = os.WTERMSIG(status)
        if number in (signal.SIGKILL, signal.SIGXCPU):
            return f"The checker takes more than {self.cpu_seconds} s of CPU time."
        return f"The checker's process ends by signal {number}."

    def run(self, check):
        pid, result, output = self.start(check)
        given, reason = self.read(result, output)
        os.kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
        os.close(result)
        os.close(output)
        if reason is None and given in (b"0", b"1"):
            return {"verdict": given == b"1"}
        if reason is None and given.startswith(b"e"):
            reason = "The checker raises " + given[1:].decode("utf-8", "replace")
        return {"undecidable": reason or self.why_ended(status)}


    def serve(self):
        """Has one check decided by a process that ends with it. Whether there may be another.

        This one never reads a check: those to come are forked from it and find nothing of others.
        """
        select.select([0], [], [])
        pid = os.fork()
        if pid == 0:
            served = False
            try:
                line = read_line()
                if line is not None:
                    write_line(self.run(json.loads(line)))
                    served = True
            finally:
                os._exit(0 if served else 1)
        return os.waitpid(pid, 0)[1] == 0


def main():
    must("prctl(PR_SET_NO_NEW_PRIVS)", LIBC.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    checks = Checks(json.loads(read_line()))
    write_line({"landlock": restrict_with_landlock()})
    gc.freeze()
    while checks.serve():
        pass


main()
