"""OpenAI's own client against the HTTP front of a real hir-rollout.

  openai_client_test.py HIR_ROLLOUT MODEL_FOLDER

Exits with 77 (skipped) where the client is not installed.
"""

import sys
import unittest

try:
    import openai
    import torch
    import transformers
except ImportError as error:
    print(f"skipped: {error}; tools/setup_test.sh installs it")
    sys.exit(77)

from openai_front import Front

HIR_ROLLOUT, MODEL = sys.argv[1], sys.argv[2]
COUNT = [{"role": "user", "content": "Count from one to ten in digits, with commas."}]
GREEDY = {"model": "smol", "temperature": 0, "seed": 1}


class OpenAiClientTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.front = Front(HIR_ROLLOUT, MODEL)
        cls.client = openai.OpenAI(base_url=cls.front.url, api_key="none", max_retries=0)
        cls.tokenizer = transformers.AutoTokenizer.from_pretrained(cls.front.model)
        cls.reference = transformers.AutoModelForCausalLM.from_pretrained(
            cls.front.model, dtype=torch.float32)

    @classmethod
    def tearDownClass(cls):
        cls.client.close()
        cls.front.stop()

    def chat(self, messages=None, **settings):
        settings = {"max_tokens": 24, **GREEDY, **settings}
        return self.client.chat.completions.create(messages=messages or COUNT, **settings)

    def complete(self, prompt, **settings):
        return self.client.completions.create(prompt=prompt, **{"max_tokens": 8, **GREEDY, **settings})

    def ids_of(self, messages=None, **template):
        text = self.tokenizer.apply_chat_template(messages or COUNT, tokenize=False, **template)
        return self.tokenizer(text, add_special_tokens=False).input_ids

    def logprobs_of(self, ids):
        """Log-probabilities by Transformers of each token but the first, and of the likeliest token in its place."""
        with torch.no_grad():
            scores = self.reference(torch.tensor([ids])).logits[0, :-1].log_softmax(-1)
        return scores.gather(1, torch.tensor(ids[1:])[:, None])[:, 0].tolist(), scores.max(-1).values.tolist()

    def test_a_stop_text_ends_the_answer_before_it(self):
        free = self.chat().choices[0].message.content
        self.assertGreater(len(free), 12)
        for stop in (free[3:8], [free[6:9], "no such text"], [free[4:12], free[5:7]]):
            texts = [stop] if isinstance(stop, str) else stop
            cut = min((free.find(text) + len(text), free.find(text)) for text in texts if text in free)[1]
            answer = self.chat(stop=stop)
            self.assertEqual(answer.choices[0].message.content, free[:cut])
            self.assertEqual(answer.choices[0].finish_reason, "stop")
            self.assertLess(answer.usage.completion_tokens, 24)
            streamed = [choice.delta.content or "" for chunk in self.chat(stop=stop, stream=True)
                        for choice in chunk.choices]
            self.assertEqual("".join(streamed), free[:cut])

    def test_stop_token_ids_and_min_tokens(self):
        free = self.chat(extra_body={"return_token_ids": True}).choices[0].token_ids
        stopped = self.chat(extra_body={"return_token_ids": True, "stop_token_ids": [free[3]]})
        self.assertEqual(stopped.choices[0].token_ids, free[:free.index(free[3]) + 1])
        self.assertEqual(stopped.choices[0].finish_reason, "stop")
        later = self.chat(extra_body={"return_token_ids": True, "stop_token_ids": [free[3]],
                                      "min_tokens": 6}).choices[0].token_ids
        self.assertNotIn(free[3], later[:6])
        self.assertGreater(len(later), 6)

    def test_ignore_eos_goes_on_to_the_limit(self):
        eos = self.tokenizer.eos_token_id
        asked = [{"role": "user", "content": "Say yes."}]
        ended = self.chat(asked, max_tokens=120, extra_body={"return_token_ids": True})
        self.assertEqual(ended.choices[0].token_ids[-1], eos)
        length = len(ended.choices[0].token_ids)
        on = self.chat(asked, max_tokens=length + 4,
                       extra_body={"return_token_ids": True, "ignore_eos": True})
        self.assertEqual(on.choices[0].token_ids[:length], ended.choices[0].token_ids)
        self.assertEqual(len(on.choices[0].token_ids), length + 4)
        self.assertEqual(on.choices[0].finish_reason, "length")

    def test_logprobs_are_those_of_transformers(self):
        answer = self.chat(max_tokens=6, logprobs=True, top_logprobs=2,
                           extra_body={"return_token_ids": True})
        choice = answer.choices[0]
        self.assertEqual(answer.prompt_token_ids, self.ids_of(add_generation_prompt=True))
        expected, _ = self.logprobs_of(answer.prompt_token_ids + choice.token_ids)
        self.assertEqual("".join(entry.token for entry in choice.logprobs.content),
                         choice.message.content)
        for entry, logprob in zip(choice.logprobs.content, expected[-6:], strict=True):
            self.assertAlmostEqual(entry.logprob, logprob, delta=1e-3)
            self.assertEqual(bytes(entry.bytes).decode(), entry.token)
            self.assertEqual(entry.top_logprobs[0].token, entry.token)  # Greedy.
            self.assertLess(entry.top_logprobs[1].logprob, entry.logprob)

    def test_streamed_logprobs_are_those_of_the_whole_answer(self):
        whole = self.chat(logprobs=True, top_logprobs=1, stop=",")
        entries = []
        for chunk in self.chat(logprobs=True, top_logprobs=1, stop=",", stream=True):
            for choice in chunk.choices:
                entries += choice.logprobs.content
        self.assertEqual(entries, whole.choices[0].logprobs.content)

    def test_a_stream_ends_with_its_usage(self):
        chunks = list(self.chat(stream=True, stream_options={"include_usage": True}))
        self.assertEqual(chunks[-1].choices, [])
        self.assertEqual(chunks[-1].usage, self.chat().usage)
        self.assertEqual(chunks[0].choices[0].delta.role, "assistant")
        self.assertEqual("".join(c.choices[0].delta.content or "" for c in chunks[:-1]),
                         self.chat().choices[0].message.content)

    def test_template_variables_reach_the_template(self):
        plain = self.chat(max_tokens=1).usage.prompt_tokens
        answer = self.chat(max_tokens=1, extra_body={
            "chat_template_kwargs": {"enable_thinking": False}, "return_token_ids": True})
        self.assertEqual(answer.prompt_token_ids,
                         self.ids_of(add_generation_prompt=True, enable_thinking=False))
        self.assertGreater(answer.usage.prompt_tokens, plain)

    def test_the_last_message_is_continued(self):
        begun = COUNT + [{"role": "assistant", "content": "Sure: 1, 2, "}]
        body = {"return_token_ids": True, "add_generation_prompt": False}
        answer = self.chat(begun, extra_body={**body, "continue_final_message": True})
        self.assertEqual(answer.prompt_token_ids, self.ids_of(begun, continue_final_message=True))
        answer = self.chat(begun, extra_body=body)
        self.assertEqual(answer.prompt_token_ids, self.ids_of(begun))

    def test_a_seed_makes_answers_equal_and_choices_differ(self):
        draw = lambda **more: [choice.message.content for choice in
                               self.chat(temperature=1, n=3, **more).choices]
        self.assertEqual(draw(seed=7), draw(seed=7))
        self.assertNotEqual(draw(seed=7), draw(seed=8))
        self.assertEqual(len(set(draw(seed=7))), 3)

    def test_completions_take_text_and_token_ids(self):
        texts = ["The capital of France is", "One, two, three,"]
        ids = [self.tokenizer(text).input_ids for text in texts]
        one = self.complete(texts[0], extra_body={"return_token_ids": True})
        self.assertEqual(one.choices[0].prompt_token_ids, ids[0])
        for prompt in (texts, ids):
            both = self.complete(prompt, extra_body={"return_token_ids": True})
            self.assertEqual([choice.index for choice in both.choices], [0, 1])
            self.assertEqual(both.choices[0].text, one.choices[0].text)
            self.assertEqual(both.choices[0].token_ids, one.choices[0].token_ids)
            self.assertEqual(both.choices[1].prompt_token_ids, ids[1])
            self.assertEqual(both.usage.prompt_tokens, len(ids[0]) + len(ids[1]))
        self.assertEqual(self.complete(ids[0]).choices[0].text, one.choices[0].text)
        streamed = self.complete(texts, stream=True)
        text = "".join(c.text for chunk in streamed for c in chunk.choices if c.index == 0)
        self.assertEqual(text, one.choices[0].text)

    def test_an_echoed_prompt_is_scored_as_by_transformers(self):
        text = "The capital of France is Paris, of Spain \u00e9 Madrid."
        ids = self.tokenizer(text).input_ids
        for prompt in (text, ids):
            choice = self.complete(prompt, echo=True, logprobs=1, max_tokens=1).choices[0]
            self.assertTrue(choice.text.startswith(text))
            self.assertIsNone(choice.logprobs.token_logprobs[0])
            self.assertEqual(len(choice.logprobs.tokens), len(ids) + 1)
            expected, likeliest = self.logprobs_of(ids)
            for i, (logprob, best) in enumerate(zip(expected, likeliest), start=1):
                self.assertAlmostEqual(choice.logprobs.token_logprobs[i], logprob, delta=1e-3)
                self.assertAlmostEqual(max(choice.logprobs.top_logprobs[i].values()), best, delta=1e-3)

    def test_what_is_not_possible_is_refused_by_name(self):
        for field, value in {"presence_penalty": 0.5, "logit_bias": {"5": 1},
                             "response_format": {"type": "json_object"}}.items():
            with self.assertRaises(openai.BadRequestError) as raised:
                self.chat(**{field: value})
            self.assertEqual(raised.exception.param, field)
            self.assertIn(field, raised.exception.message)
        for field, value in {"guided_json": {}, "bad_words": ["a"], "min_p": 0.1,
                             "temprature": 1}.items():
            with self.assertRaises(openai.BadRequestError) as raised:
                self.chat(extra_body={field: value})
            self.assertEqual(raised.exception.param, field)
        with self.assertRaises(openai.NotFoundError):
            self.chat(model="gpt-5")
        with self.assertRaises(openai.BadRequestError) as raised:
            self.chat(logprobs=True, top_logprobs=21)
        self.assertIn("top_logprobs is 21", raised.exception.message)
        with self.assertRaises(openai.BadRequestError):
            self.complete([[999999]])

    def test_harmless_fields_are_passed_over(self):
        self.chat(user="me", metadata={"a": "b"}, store=False, service_tier="auto", max_tokens=1,
                  presence_penalty=0, frequency_penalty=0, logit_bias={}, top_p=1)

    def test_models_are_listed(self):
        self.assertEqual([model.id for model in self.client.models.list()], ["smol"])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
