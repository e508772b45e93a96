"""A user's own checker service for hir-verifier: kind "external:check".

  python3 external_checker.py --listen 127.0.0.1:7005
  hir-verifier --listen 127.0.0.1:7001 --external-checker 127.0.0.1:7005

A checker is a function of the response and the constraint's arguments. It returns True or False; what
it raises makes the verdict undecidable.
"""

import argparse
import json
import pathlib
import signal
import sys
from concurrent import futures

sys.path.insert(0, str(pathlib.Path(__file__).parent / "stubs"))

import grpc
from hir.checker.v1 import checker_pb2, checker_pb2_grpc
from hir.common.v1 import common_pb2


def acrostic(response, word):
    """The first letters of the lines spell `word`."""
    lines = [line.strip() for line in response.splitlines() if line.strip()]
    return [line[0].lower() for line in lines] == list(word.lower())


def words_per_line(response, most):
    """No line has more than `most` words."""
    return all(len(line.split()) <= most for line in response.splitlines())


CHECKERS = {"acrostic": acrostic, "words_per_line": words_per_line}


class CheckerService(checker_pb2_grpc.CheckerServicer):
    def Check(self, request, context):
        try:
            passed = CHECKERS[request.checker](request.response,
                                               **json.loads(request.arguments_json))
        except Exception as error:
            return checker_pb2.CheckResponse(verdict=common_pb2.VERDICT_UNDECIDABLE,
                                             reason=f"{type(error).__name__}: {error}")
        return checker_pb2.CheckResponse(
            verdict=common_pb2.VERDICT_PASS if passed else common_pb2.VERDICT_FAIL)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--listen", default="127.0.0.1:7005", help="HOST:PORT; port 0 takes a free one")
    address = parser.parse_args().listen
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=16))
    checker_pb2_grpc.add_CheckerServicer_to_server(CheckerService(), server)
    port = server.add_insecure_port(address)
    server.start()
    print(f"listening on port {port}", flush=True)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *unused: server.stop(grace=5))
    server.wait_for_termination()


if __name__ == "__main__":
    main()
