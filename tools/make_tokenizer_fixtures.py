#!/usr/bin/env python3
"""Writes the expected results of tests/fixtures/tokenizer with the Python libraries.

encode.jsonl: texts with the ids that `tokenizers` gives them under SmolLM2's tokenizer, and what
they decode to with and without special tokens. decode.jsonl: lists of ids that form no whole text.
chat.jsonl: conversations with the text that Transformers' apply_chat_template makes of them, under
SmolLM2's own template and those in templates/.

Run by hand when a case is added, with the Python of tools/setup_test.sh:
  .deps/transformers_python tools/make_tokenizer_fixtures.py .deps/models/SmolLM2-135M-Instruct
"""

import datetime
import json
import os
import random
import sys

from transformers import PreTrainedTokenizerFast
from transformers.utils import chat_template_utils

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests/fixtures/tokenizer")
NOW = 1718454296  # 2024-06-15 12:24:56 UTC

TEXTS = """\
Hello, world!
The quick brown fox jumps over the lazy dog.
I can't, won't and shouldn't've done it; they're here, it's ours, I'd say, we'll see, I'm sure.
I CAN'T, WON'T; THEY'RE
O’Brien’s “smart quotes” — and dashes – too…
3.14159265358979 1,234,567.89 0x1F 1e-9 2024-06-15T12:24:56Z
1 22 333 4444 55555 666666 7777777
a1b2c3 x2y H2O CO₂ m² ½ ¾ Ⅷ ① ٣٤٥ १२३ 四五六
def f(x):\\n    return x ** 2  # squared\\n\\n\\nprint(f(3))
if (a && b || !c) { return a ? b : c; }
SELECT * FROM t WHERE a >= 10 AND b <> 'x''y';
<div class="a">text &amp; more</div>
https://example.org/path?query=1&other=two#fragment
name.surname+tag@example.co.uk
C:\\Windows\\System32 /usr/local/bin ~/.config
{"key": [1, 2.5, null, true], "nested": {"a": "b"}}
- item\\n- item two\\n  - nested\\n* star\\n1. one
# Title\\n\\n## Section **bold** *italic* `code`
|a|b|\\n|-|-|\\n|1|2|
$$\\int_0^1 x^2 dx = \\frac{1}{3}$$
Zażółć gęślą jaźń
Příliš žluťoučký kůň úpěl ďábelské ódy
Der Fluß führt über Öl, Äpfel und Übermut
L'été, où êtes-vous? Ça va, Noël, naïve, œuvre
¿Dónde está el niño? ¡Aquí!
Þetta er íslenska, ð og þ
İstanbul ıssız ğüşöç
Việt Nam: tiếng Việt có dấu thanh điệu
Быстрая коричневая лиса прыгает через ленивую собаку
Съешь ещё этих мягких французских булок
Ελληνικά γράμματα και τόνοι
שלום עולם, מה שלומך?
مرحبا بالعالم، كيف حالك؟
سلام دنیا ۱۲۳
नमस्ते दुनिया, आप कैसे हैं?
বাংলা ভাষা
தமிழ் மொழி
తెలుగు భాష
ಕನ್ನಡ ഭാഷ ગુજરાતી ਪੰਜਾਬੀ
සිංහල ภาษาไทยไม่มีช่องว่าง ພາສາລາວ
မြန်မာ ភាសាខ្មែរ བོད་ཡིག
ქართული ენა Հայերեն
አማርኛ ቋንቋ
日本語のテキスト、カタカナとひらがな。
中文文本,没有空格。繁體字
한국어 문장입니다
ᄒ ᅡ ᆫ decomposed: 한글
e\u0301 versus é; A\u030a Å Å; ﬁ ﬂ ligatures
\u200bzero\u200cwidth\u200djoiners\ufeff and BOM
a\u00a0no-break\u2003em\u2009thin\u3000ideographic\u2028line\u2029paragraph\u0085nel
👍 👍🏽 👨‍👩‍👧‍👦 🏳️‍🌈 🇫🇷🇯🇵 1️⃣ ❤️
😀😃😄😁😆😅😂🤣
☃ ★ ♠ ♥ → ⇒ ∀ ∃ ∑ √ ∞ ≠ ≤
♔♕♖ ⠓⠑⠇⠇⠕ ▁▂▃ ░▒▓ ┌─┐
ＦＵＬＬ ｗｉｄｔｈ １２３
𝐁𝐨𝐥𝐝 𝒮𝒸𝓇𝒾𝓅𝓉 𝔉𝔯𝔞𝔨 𝟙𝟚𝟛
𐍈 𐎀 𐏐 𓀀𓁐 𒀀 𐐷
𠀀𠀁𪚥 𫝀 𫠠 𬺰 丽
\U000e0001\U000e0041\U000e007f tags
\U000f0000\U000ffffd private \U00100000\U0010fffd
\ufffd replacement \ufffe\uffff non-characters \ue000\uf8ff private
\u0000 nul \u0001\u0002 controls \u001b[31mred\u001b[0m \u007f
\x1c\x1d\x1e\x1f separators
Ġ Ċ ĉ Ģ look like the byte alphabet
don'T I'M we'Ve 'tis 's 's's
'''''' "" '' `` «» ‹›
....... ,,, !!! ??? ?!?! ;;; --- === *** ___ ~~~
(a(b(c)d)e) [[x]] {{y}} <<z>>
supercalifragilisticexpialidocious pneumonoultramicroscopicsilicovolcanoconiosis
aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
ABCDEFGHIJKLMNOPQRSTUVWXYZ abcdefghijklmnopqrstuvwxyz
camelCase PascalCase snake_case kebab-case SCREAMING_CASE
x=1;y=2;z=x+y
no_space_at_all_but_underscores_and_1_2_3
""".strip("\n").split("\n")

SPACES = [" ", "  ", "   ", "\t", "\t\t", "\n", "\n\n", "\n\n\n\n", "\r\n", "\r\n\r\n", " \n", "\n ",
          " \n \n ", "    x", "x    ", "x \t\n y", "\n5", "\n 5", " 5", "  5  6 ", "a\n\nb", "a \n b",
          "\u3000\u3000", "\u00a0 \u00a0", "\x0b\x0c", " " * 17, " " * 100, "\n" * 40, "\t" * 33,
          "x" + " " * 31 + "y", " leading", "trailing ", " both ", ""]

SPECIALS = ["<|im_start|>", "<|im_end|>", "<|endoftext|>", "<repo_name>", "<file_sep>",
            "<|im_start|>user\nHi<|im_end|>\n", " <|im_start|> spaced <|im_end|> ",
            "<|im_end|><|im_end|><|im_start|>", "<|im_start|", "|im_start|>", "< |im_end|>",
            "<|IM_START|>", "a<|im_end|>b", "5<|im_end|>6", "\n<|endoftext|>\n\n", "é<|im_start|>日",
            "<jupyter_start><jupyter_text>x<jupyter_code>y<jupyter_output>z<empty_output>",
            "<<|im_end|>>", "<|im_start|>system\nYou are<|im_end|>\n<|im_start|>assistant\n",
            "<gh_stars><issue_start><issue_comment><issue_closed>", "<reponame><filename>x.py"]


def plane_texts(rng):
    """Random code points of every plane, alone and between words."""
    texts = []
    for plane in range(17):
        first = plane << 16
        for _ in range(5):
            points = [first + rng.randrange(0x10000) for _ in range(rng.randint(3, 12))]
            texts.append("".join(chr(p) for p in points if not 0xD800 <= p <= 0xDFFF))
        point = first + rng.randrange(0x20, 0xD000)
        texts.append(f"word {chr(point)} word{chr(point)}{chr(point + 1)}, {chr(point)}12 end")
    return texts


def mixed_texts(rng, count):
    """Random joins of short pieces, so that every kind of boundary meets every other."""
    pieces = ["the", " a", "Zoë", "1", "23", " ", "  ", "\n", "\t", "'s", "'", "!", "…", "日本", "👍",
              "<|im_end|>", "é", "_", "-", "\u200d", "न", " X", "ß", "\r\n", "<", "|>", "٣", "\u0301"]
    return ["".join(rng.choice(pieces) for _ in range(rng.randint(4, 24))) for _ in range(count)]


def encode_cases(tokenizer):
    rng = random.Random(20)
    texts = [line.replace("\\n", "\n") for line in TEXTS]
    texts += SPACES + SPECIALS + plane_texts(rng) + mixed_texts(rng, 60)
    for text in dict.fromkeys(texts):
        ids = tokenizer.encode(text, add_special_tokens=False).ids
        yield {"text": text, "ids": ids,
               "decoded": tokenizer.decode(ids, skip_special_tokens=False),
               "decoded_plain": tokenizer.decode(ids, skip_special_tokens=True)}


def decode_cases(tokenizer):
    """Random ids, which cut UTF-8 sequences in every way."""
    rng = random.Random(21)
    for _ in range(40):
        ids = [rng.randrange(17, 300) if rng.random() < 0.7 else rng.randrange(49152)
               for _ in range(rng.randint(1, 20))]
        yield {"ids": ids, "decoded": tokenizer.decode(ids, skip_special_tokens=False),
               "decoded_plain": tokenizer.decode(ids, skip_special_tokens=True)}


WEATHER = {"type": "function", "function": {
    "name": "weather", "description": "Tells the weather; \"now\" or <later> & it's free",
    "parameters": {"type": "object", "required": ["city"], "properties": {
        "city": {"type": "string", "description": "Où? 東京"},
        "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]},
        "options": {"type": "object", "properties": {"days": {"type": "integer", "default": 1.5}}}}}}}
SUM = {"type": "function", "function": {
    "name": "sum", "description": "", "parameters": {"type": "object", "properties": {}, "required": []}}}


def call(name, arguments):
    return {"type": "function", "function": {"name": name, "arguments": arguments}}


SHORT = [{"role": "user", "content": "Hi there"}]
SYSTEM = [{"role": "system", "content": "  Be brief.\n"}, {"role": "user", "content": "What is 2 + 2?"}]
TALK = [{"role": "system", "content": "You know <everything> & more."},
        {"role": "user", "content": "First question\nover two lines  "},
        {"role": "assistant", "content": "\nFirst answer.\n"},
        {"role": "user", "content": "Second: \"日本\" and 'é'? "}]
THOUGHT = [{"role": "user", "content": "Think."},
           {"role": "assistant", "content": "<think>\nold thoughts\n</think>\n\nOld answer."},
           {"role": "user", "content": "Again."},
           {"role": "assistant", "content": "<think>\nnew thoughts\n\n</think>\n\nNew answer."}]
TOOLS = [{"role": "system", "content": "Use tools."},
         {"role": "user", "content": "Weather in Paris and Rome?"},
         {"role": "assistant", "content": "", "tool_calls": [
             call("weather", {"city": "Paris", "unit": "celsius"}), call("weather", {"city": "Rome"})]},
         {"role": "tool", "content": "{\"sky\": \"blue\"}"},
         {"role": "tool", "content": "<result>rain</result>"},
         {"role": "assistant", "content": "Blue and rain."},
         {"role": "user", "content": "Thanks"}]
ONE_CALL = [{"role": "user", "content": "Weather in Paris?"},
            {"role": "assistant", "content": "", "tool_calls": [
                call("weather", {"city": "Paris", "unit": "celsius"})]},
            {"role": "tool", "content": "sunny"}]
MANY = [{"role": role, "content": text} for role, text in (
    ("user", "one"), ("skip", "two"), ("tool", "three"), ("assistant", "fourteen"), ("tool", "été"),
    ("user", "stop"), ("user", "never shown"))]
STRIPPED = [{"role": "user", "content": "\u2003\u001c padded \u0085\u00a0"}]

TALKS = {"short": SHORT, "system": SYSTEM, "talk": TALK, "thought": THOUGHT, "many": MANY,
         "stripped": STRIPPED}
EXTRA = {
    "1_dates_and_tools": [
        ("tools", TOOLS[:2], {"tools": [WEATHER, SUM]}),
        ("tools apart", TOOLS[:2], {"tools": [WEATHER], "tools_with_user": False}),
        ("one call", ONE_CALL, {"tools": [WEATHER]}),
        ("built in", ONE_CALL, {"builtin_tools": ["weather", "interpreter", "search"]}),
        ("two calls are refused", TOOLS, {"tools": [WEATHER]}),
        ("today given", SHORT, {"today": "24 Dec 1999"}),
        ("custom tools", SHORT, {"custom_tools": [SUM]}),
    ],
    "2_tool_calls": [("tools", TOOLS, {"tools": [WEATHER, SUM]}), ("no tools", TOOLS, {}),
                     ("one call", ONE_CALL, {"tools": [WEATHER]})],
    "3_thinking": [("no thinking", SHORT, {"enable_thinking": False}),
                   ("thinking", SHORT, {"enable_thinking": True}), ("tools", TOOLS, {})],
    "4_macros": [("tools", TALK, {"tools": [WEATHER, SUM]})],
    "8_python_values": [("raises", SHORT, {"fail_with": "no reason"}),
                        ("escaped", TALK, {"escape_it": True})],
}


class FixedNow(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return datetime.datetime.fromtimestamp(NOW, datetime.timezone.utc)


def chat_case(tokenizer, name, source, title, messages, options, add_generation_prompt):
    options = dict(options)
    tools = options.pop("tools", None)
    case = {"template": name, "case": title, "messages": messages, "tools": tools,
            "variables": options, "now": NOW, "add_generation_prompt": add_generation_prompt}
    try:
        case["text"] = tokenizer.apply_chat_template(
            messages, chat_template=source, tools=tools, tokenize=False,
            add_generation_prompt=add_generation_prompt, **options)
    except Exception as error:  # The template refused: the test expects its words.
        case["error"] = str(error)
    return case


def chat_cases(tokenizer):
    chat_template_utils.datetime = FixedNow
    for title, messages in TALKS.items():
        yield chat_case(tokenizer, None, None, title, messages, {}, title != "thought")
    for file in sorted(os.listdir(os.path.join(ROOT, "templates"))):
        with open(os.path.join(ROOT, "templates", file), encoding="utf-8") as stream:
            source = stream.read()
        name = file.removesuffix(".jinja")
        for title, messages in TALKS.items():
            yield chat_case(tokenizer, name, source, title, messages, {}, title != "thought")
        for title, messages, options in EXTRA.get(name, []):
            yield chat_case(tokenizer, name, source, title, messages, options, True)


def write_lines(name, cases):
    cases = list(cases)
    with open(os.path.join(ROOT, name), "w", encoding="utf-8") as file:
        for case in cases:
            file.write(json.dumps(case) + "\n")
    print(f"{name}: {len(cases)} cases")


def main():
    tokenizer = PreTrainedTokenizerFast.from_pretrained(sys.argv[1])
    write_lines("encode.jsonl", encode_cases(tokenizer.backend_tokenizer))
    write_lines("decode.jsonl", decode_cases(tokenizer.backend_tokenizer))
    write_lines("chat.jsonl", chat_cases(tokenizer))


if __name__ == "__main__":
    main()
