"""Rewards of hir-verifier for other trainers.

TRL:   trainer = GRPOTrainer(..., reward_funcs=make_reward("127.0.0.1:7001"))
verl:  compute_score = make_compute_score("127.0.0.1:7001")

The data set names its constraints as IFEval does, in the columns `instruction_id_list` and `kwargs`,
one list an example. Nothing is checked here: the service decides, with the exact checkers of HiR.
"""

import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent / "stubs"))

import grpc
from hir.common.v1 import common_pb2
from hir.verifier.v1 import verifier_pb2, verifier_pb2_grpc

ITEMS_PER_CALL = 1024  # The service takes 4096 items or 64 MiB.
MESSAGE_BYTES = 64 << 20


class Verifier:
    """A connection to hir-verifier. Thread-safe; connects when first used.

    Raises grpc.RpcError: INVALID_ARGUMENT for an unknown kind or wrong arguments (the message says
    which), UNAVAILABLE when the service is not there.
    """

    def __init__(self, address, timeout_seconds=120.0, reasoning_end=""):
        """`reasoning_end`: the mark that ends the reasoning of responses, e.g. "</think>"; the text after
        its last occurrence is checked, or an empty text if it does not occur."""
        self._timeout = timeout_seconds
        self._reasoning_end = reasoning_end
        self._stub = verifier_pb2_grpc.VerifierStub(grpc.insecure_channel(
            address, options=[("grpc.max_send_message_length", MESSAGE_BYTES),
                              ("grpc.max_receive_message_length", MESSAGE_BYTES)]))

    def verify(self, responses, constraints):
        """Strict verdicts, one list per response: True, False, or None for undecidable.

        `constraints`: for each response a list of (kind, arguments).
        """
        items = [verifier_pb2.VerifyItem(
            response=response.encode("utf-8", "replace"), reasoning_end=self._reasoning_end,
            constraints=[common_pb2.Constraint(kind=kind, arguments_json=json.dumps(arguments or {}))
                         for kind, arguments in wanted])
            for response, wanted in zip(responses, constraints, strict=True)]
        verdicts = []
        for begin in range(0, len(items), ITEMS_PER_CALL):
            request = verifier_pb2.VerifyRequest(items=items[begin:begin + ITEMS_PER_CALL])
            answer = self._stub.Verify(request, timeout=self._timeout, wait_for_ready=True)
            verdicts += [[_DECIDED.get(verdict.verdict) for verdict in result.strict]
                         for result in answer.results]
        return verdicts


_DECIDED = {common_pb2.VERDICT_PASS: True, common_pb2.VERDICT_FAIL: False}


def reward_of(verdicts):
    """1 if every constraint is met, 0 if one is not, None (no reward) if that is unknown."""
    if False in verdicts:
        return 0.0
    return None if None in verdicts else 1.0


def share_of(verdicts):
    """The share of the constraints that are met, None if one is undecidable."""
    return None if None in verdicts else sum(verdicts) / len(verdicts)


def make_reward(address, reward=reward_of, reasoning_end=""):
    """A reward function as TRL's trainers call it, with the columns of the data set by name."""
    verifier = Verifier(address, reasoning_end=reasoning_end)

    def hir_reward(prompts, completions, completion_ids=None, **columns):
        texts = [completion if isinstance(completion, str) else completion[-1]["content"]
                 for completion in completions]
        constraints = [list(zip(ids, arguments, strict=True)) for ids, arguments
                       in zip(columns["instruction_id_list"], columns["kwargs"], strict=True)]
        return [reward(verdicts) for verdicts in verifier.verify(texts, constraints)]

    return hir_reward


def make_compute_score(address, reward=reward_of, reasoning_end=""):
    """A score function as verl calls it. `ground_truth` is {"instruction_id_list", "kwargs"}, or that
    as JSON. An unknown score counts as 0, since verl has no missing scores."""
    verifier = Verifier(address, reasoning_end=reasoning_end)

    def compute_score(data_source, solution_str, ground_truth, extra_info=None, **unused):
        truth = json.loads(ground_truth) if isinstance(ground_truth, str) else ground_truth
        constraints = list(zip(truth["instruction_id_list"], truth["kwargs"], strict=True))
        return reward(verifier.verify([solution_str], [constraints])[0]) or 0.0

    return compute_score
