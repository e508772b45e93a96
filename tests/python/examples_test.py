"""The Python examples against a real hir-verifier.

  examples_test.py EXAMPLES_FOLDER HIR_VERIFIER

Exits with 77 (skipped) where grpcio is not installed.
"""

import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

try:
    import grpc
    import grpc_tools
except ImportError:
    print("skipped: grpcio and grpcio-tools are not installed; tools/setup_test.sh installs them")
    sys.exit(77)

from services import Services

EXAMPLES, HIR_VERIFIER = pathlib.Path(sys.argv[1]), sys.argv[2]


class ExamplesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp())
        for name in ("hir_reward.py", "external_checker.py"):
            shutil.copy(EXAMPLES / name, cls.folder)
        subprocess.run([EXAMPLES / "make_stubs.sh", sys.executable, cls.folder / "stubs"], check=True)
        cls.services = Services()
        cls.checker = cls.services.start([sys.executable, cls.folder / "external_checker.py",
                                 "--listen", "127.0.0.1:0"])
        cls.address = "127.0.0.1:%d" % cls.services.start(
            [HIR_VERIFIER, "--listen", "127.0.0.1:0", "--external-checker",
             f"127.0.0.1:{cls.checker}"])
        sys.path.insert(0, str(cls.folder))

    @classmethod
    def tearDownClass(cls):
        cls.services.stop()
        shutil.rmtree(cls.folder)

    def call_as_trl(self, reward, completions, inputs):
        """The call of TRL 1.16's GRPOTrainer._calculate_rewards, and what it asks of the answer."""
        prompts = [example["prompt"] for example in inputs]
        keys = [key for key in inputs[0] if key not in ["prompt", "completion", "completion_ids"]]
        reward_kwargs = {key: [example[key] for example in inputs] for key in keys}
        reward_kwargs["trainer_state"] = object()
        reward_kwargs["log_extra"] = lambda name, values: None
        reward_kwargs["log_metric"] = lambda name, value: None
        rewards = reward(prompts=prompts, completions=completions,
                         completion_ids=[[1, 2]] * len(prompts), **reward_kwargs)
        self.assertEqual(len(rewards), len(prompts))
        return rewards

    INPUTS = [
        {"prompt": "Write.", "instruction_id_list": ["punctuation:no_comma"], "kwargs": [{}]},
        {"prompt": "Write.", "instruction_id_list": ["punctuation:no_comma", "keywords:existence"],
         "kwargs": [{}, {"keywords": ["cat"], "num_words": None}]},
        {"prompt": "Write.", "instruction_id_list": ["judge:criterion"],
         "kwargs": [{"criterion": "It is kind."}]},
    ]

    def test_trl_rewards_standard_completions(self):
        from hir_reward import make_reward
        rewards = self.call_as_trl(make_reward(self.address), ["no", "a, cat", "so"], self.INPUTS)
        self.assertEqual(rewards, [1.0, 0.0, None])

    def test_trl_rewards_conversations(self):
        from hir_reward import make_reward, share_of
        completions = [[{"role": "assistant", "content": text}] for text in ("no", "a, cat", "so")]
        rewards = self.call_as_trl(make_reward(self.address, reward=share_of), completions,
                                   self.INPUTS)
        self.assertEqual(rewards, [1.0, 0.5, None])

    def test_the_reasoning_of_a_completion_is_not_checked(self):
        from hir_reward import make_reward
        reward = make_reward(self.address, reasoning_end="</think>")
        completions = ["a, b</think> no", "a, cat", "so</think>so"]
        self.assertEqual(self.call_as_trl(reward, completions, self.INPUTS), [1.0, 0.0, None])

    def test_verl_scores_one_solution(self):  # As its NaiveRewardManager calls it.
        from hir_reward import make_compute_score
        score = make_compute_score(self.address)
        truth = {"instruction_id_list": ["punctuation:no_comma"], "kwargs": [{}]}
        call = lambda text, wanted: score(data_source="ifeval", solution_str=text,
                                          ground_truth=wanted, extra_info=None)
        self.assertEqual(call("none", truth), 1.0)
        self.assertEqual(call("a, b", json.dumps(truth)), 0.0)

    def test_a_wrong_constraint_is_an_error_that_names_it(self):
        from hir_reward import Verifier
        with self.assertRaises(grpc.RpcError) as raised:
            Verifier(self.address).verify(["x"], [[("punctuation:no_coma", {})]])
        self.assertEqual(raised.exception.code(), grpc.StatusCode.INVALID_ARGUMENT)
        self.assertIn("punctuation:no_comma", raised.exception.details())

    def test_the_external_checker_decides(self):
        from hir_reward import Verifier
        acrostic = ("external:check", {"checker": "acrostic", "arguments": {"word": "cat"}})
        unknown = ("external:check", {"checker": "rhymes"})
        verdicts = Verifier(self.address).verify(["Cold\nas\nthis", "dog", "x"],
                                                 [[acrostic], [acrostic], [unknown]])
        self.assertEqual(verdicts, [[True], [False], [None]])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
