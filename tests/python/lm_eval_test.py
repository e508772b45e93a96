"""lm_eval's API models against the HTTP front of a real hir-rollout, on tasks of HiR's tests.

  lm_eval_test.py HIR_ROLLOUT MODEL_FOLDER

Exits with 77 (skipped) where lm_eval is not installed.
"""

import os
import pathlib
import sys
import tempfile
import unittest

CACHE = tempfile.TemporaryDirectory()
os.environ.update(HF_HUB_OFFLINE="1", HF_DATASETS_CACHE=CACHE.name, HF_DATASETS_OFFLINE="1",
                  TOKENIZERS_PARALLELISM="false")

try:
    import lm_eval
    import lm_eval.tasks
    import torch
    import transformers
except ImportError as error:
    print(f"skipped: {error}; tools/setup_test.sh installs it")
    sys.exit(77)

from openai_front import Front

HIR_ROLLOUT, MODEL = sys.argv[1], sys.argv[2]
TASKS = pathlib.Path(__file__).parent / "lm_eval_tasks"


class LmEvalTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.front = Front(HIR_ROLLOUT, MODEL)
        os.chdir(TASKS)  # The tasks name their data by a relative path.

    @classmethod
    def tearDownClass(cls):
        cls.front.stop()

    def evaluate(self, model, path, tasks, chat=False, **more):
        manager = lm_eval.tasks.TaskManager(include_path=str(TASKS), include_defaults=False)
        results = lm_eval.simple_evaluate(
            model=model, tasks=tasks, task_manager=manager, apply_chat_template=chat,
            model_args={"model": "smol", "base_url": self.front.url + path, "max_retries": 1, **more},
            bootstrap_iters=0, log_samples=True)
        return {task: sorted(samples, key=lambda sample: sample["doc_id"])
                for task, samples in results["samples"].items()}

    def test_chats_are_generated_and_scored(self):
        samples = self.evaluate("local-chat-completions", "/chat/completions", ["hir_numbers"],
                                chat=True)["hir_numbers"]
        self.assertEqual(len(samples), 3)
        for sample in samples:
            answer = sample["resps"][0][0]
            self.assertTrue(answer)
            self.assertNotIn("\n", answer)  # The task's stop text.

    def test_prompts_are_generated_and_scored(self):
        tokenizer = {"tokenizer": str(self.front.model), "tokenizer_backend": "huggingface"}
        answers = []
        for tokenized in (True, False):
            samples = self.evaluate("local-completions", "/completions", ["hir_numbers"],
                                    tokenized_requests=tokenized, batch_size=2, **tokenizer)
            answers.append([sample["resps"][0][0] for sample in samples["hir_numbers"]])
            self.assertTrue(all("\n" not in answer for answer in answers[-1]), answers)
        self.assertEqual(answers[0], answers[1])
        self.assertIn("six", answers[0][0])

    def test_likelihoods_are_those_of_transformers(self):
        samples = self.evaluate("local-completions", "/completions", ["hir_capitals"],
                                tokenizer=str(self.front.model), tokenizer_backend="huggingface",
                                tokenized_requests=True, batch_size=2)["hir_capitals"]
        tokenizer = transformers.AutoTokenizer.from_pretrained(self.front.model)
        model = transformers.AutoModelForCausalLM.from_pretrained(self.front.model,
                                                                  dtype=torch.float32)
        self.assertEqual(len(samples), 3)
        for sample in samples:
            for argument, ((logprob, greedy),) in zip(sample["arguments"], sample["resps"],
                                                      strict=True):
                context = tokenizer(argument[0]).input_ids
                whole = tokenizer(argument[0] + argument[1]).input_ids
                with torch.no_grad():
                    scores = model(torch.tensor([whole])).logits[0, :-1].log_softmax(-1)
                rows = scores[len(context) - 1:]
                ids = torch.tensor(whole[len(context):])
                self.assertAlmostEqual(logprob, rows.gather(1, ids[:, None]).sum().item(), delta=1e-2)
                self.assertEqual(greedy, bool((rows.argmax(-1) == ids).all()))
        self.assertGreaterEqual(sum(sample["acc"] for sample in samples), 2)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
