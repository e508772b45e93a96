"""Tests of prepare_model.py that need no model."""

import json
import os
import struct
import sys
import tempfile
import unittest

import numpy as np

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import prepare_model  # noqa: E402


def from_bits(*bits):
    return np.array(bits, dtype=np.uint32).view(np.float32)


class ToBfloat16(unittest.TestCase):
    def test_rounds_to_the_nearest_and_ties_to_even(self):
        values = from_bits(0x3F800000, 0x3F807FFF, 0x3F808000, 0x3F808001, 0x3F818000, 0xBF808001)
        self.assertEqual([hex(b) for b in prepare_model.to_bfloat16(values)],
                         ["0x3f80", "0x3f80", "0x3f80", "0x3f81", "0x3f82", "0xbf81"])

    def test_keeps_every_value_that_bfloat16_holds(self):
        bits = np.arange(0, 0x7F80, 7, dtype=np.uint32)
        back = prepare_model.to_bfloat16((bits << 16).view(np.float32))
        self.assertTrue(np.array_equal(back, bits.astype(np.uint16)))


class UndoRopePermutation(unittest.TestCase):
    def test_undoes_what_llama_cpp_does(self):
        heads, head_size, columns = 3, 8, 5
        matrix = np.arange(heads * head_size * columns).reshape(heads * head_size, columns)
        permuted = matrix.reshape(heads, 2, head_size // 2, columns).swapaxes(1, 2)
        permuted = permuted.reshape(matrix.shape)
        self.assertFalse(np.array_equal(permuted, matrix))
        undone = prepare_model.undo_rope_permutation(permuted, heads)
        self.assertTrue(np.array_equal(undone, matrix))


class Names(unittest.TestCase):
    def test_follow_hugging_face(self):
        for name, expected in (
                ("token_embd.weight", "model.embed_tokens.weight"),
                ("output_norm.weight", "model.norm.weight"),
                ("blk.7.attn_q.weight", "model.layers.7.self_attn.q_proj.weight"),
                ("blk.29.ffn_norm.weight", "model.layers.29.post_attention_layernorm.weight")):
            self.assertEqual(prepare_model.hugging_face_name(name), expected)


class WriteSafetensors(unittest.TestCase):
    def test_header_tells_where_each_tensor_lies(self):
        weights = {"b": np.array([[1, 2]], dtype=np.uint16), "a": np.array([3], dtype=np.uint16)}
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "x.safetensors")
            prepare_model.write_safetensors(path, weights)
            with open(path, "rb") as file:
                content = file.read()
        (size,) = struct.unpack("<Q", content[:8])
        self.assertEqual(size % 8, 0)
        header = json.loads(content[8:8 + size])
        self.assertEqual(header["a"], {"dtype": "BF16", "shape": [1], "data_offsets": [0, 2]})
        self.assertEqual(header["b"], {"dtype": "BF16", "shape": [1, 2], "data_offsets": [2, 6]})
        self.assertEqual(content[8 + size:], struct.pack("<3H", 3, 1, 2))


if __name__ == "__main__":
    unittest.main()
