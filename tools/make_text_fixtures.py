#!/usr/bin/env python3
"""Writes the golden cases of the text library: the results of NLTK and langdetect on invented texts.

    make_text_fixtures.py TEXT_DATA_DIR OUT_DIR       (.deps/text_data, tests/fixtures/text)

Needs Python 3.11 with nltk 3.9.2 and langdetect 1.0.9; they are the reference and no part of the
product. Writes one JSON object a line: sentences.jsonl (text, spans in code points), words.jsonl
(text, tokens), languages.jsonl (text, [[language, probability], ...] or null for an exception).
The texts are fixed, the random ones drawn with a fixed seed, so a second run writes the same bytes.
"""

import json
import os
import pathlib
import random
import shutil
import sys
import tempfile

PUNKT_FILES = {"abbrev_types.txt": "punkt_abbreviations.txt",
               "collocations.tab": "punkt_collocations.tab",
               "sent_starters.txt": "punkt_starters.txt",
               "ortho_context.tab": "punkt_ortho.tab"}

ENGLISH = [
    "", " ", "\n", "\0", ".", "...", "?!", "No end", "One. Two. Three.", " Leading space. Then more.",
    "Trailing space. \n", "Dr. Lee met Mr. Ortiz at 5 p.m. on Main St. yesterday. It rained.",
    "We bought 3.5 kg. The price was $4.20. It fell to 3. That helped.",
    "J. S. Bach wrote it. J. Smith did not.", "She lives in the U.S. He lives in the U.K. now.",
    "See e.g. the last page, i.e. page 9. Or ask etc. and so on.", "Wait... what? Yes... She left.",
    "Wait . . . what? He said . . . no. Then . . . . The end.", "Tabs.\t.\t.\tand more. . .",
    "(It was late.) We left. \"Come in!\" she said. 'Why?' he asked. [Nobody knew.] So it goes.",
    "He said \"stop.\" Then he ran.) And on.--But why? Yes!) --or not.", "A list:\n- one.\n- two\n- three.",
    "Version 2.0 is out.Get it now. Visit example.org. Or not?Maybe!So.",
    "The No. 7 bus. No. 8 is late. No. It is not.", "In 1990. The year 1990. And 1,000. More.",
    "He works at Acme Inc. The firm is small. Acme Corp. is not.", "a.b.c. D.E.F. g.h. I.",
    "Line one.\r\nLine two.\rLine three.\x0bLine four.\x1cLine five.\u2028Line six.\u3000Seven.",
    "\u00c9t\u00e9. \u00c0 bient\u00f4t. \u0130stanbul. \u212aelvin. \u00bd. \u0663. \u01c5. \u03a3. x.",
    "Mixed scripts. \u4f60\u597d\u3002\u518d\u89c1\u3002 \u041f\u0440\u0438\u0432\u0435\u0442. \u041f\u043e\u043a\u0430.",
    "Stop!!! Now??? (Really?!) Fine...", "-- dash. --Dash. - dash. e-mail. The fla.-ga. line. He.",
    "I can't, won't, shan't; you'll see I've been they're we'd it's 'tis 'twas. CAN'T WE'LL I'M",
    "Cannot gonna gotta lemme wanna go, gimme that, d'ye see more'n that? wanna",
    "'Tis said ' tis cannot'tis d'ye'tis x 'tis.", "She said, \"It's 'fine', isn't it?\" 'S' 's 'a' 'b",
    "\"Quoted\" ''double'' ``ticks`` `one` \u201ccurly\u201d \u2018single\u2019 \u00abchevrons\u00bb \u201elow\u201d",
    "Mail me@here.org & pay #5 @ 50% = $2.5; (a[b]{c}<d>) *bold* **strong** a--b a---b a:b a::b 3:4",
    "1,000,000 a,b a, b ,, ,,a a,,1 :: :1 end:", "end,", "U.S.A. etc.) \"Done.\" 'Done.' (Done.) done.",
    "Done.\u201d ", "x.' y.\" z.) ] }", "O'Neill's dogs' bowls. rock 'n' roll. '90s. ' alone '",
    "ca\u017fe: gon\u0131 g\u0131mme \u017f '\u017f ' \u212aan not", "Na\u00efve caf\u00e9s aren't \u00e9t\u00e9's. N'T n't can 't",
    "[[[[((((", "]]]]))))", "\"\"\"\"", "''''", "`````", "<<<>>>", "::::", ",,,,", ";;;;", "----", "....",
    "******", "?!?!?!", "' ' ' '", "\" \" \" \"", "a" * 300, "cannot " * 40, "it's. " * 40, "a. " * 60,
]

LANGUAGES = [
    "The river was high after three days of rain, and nobody wanted to cross the old bridge.",
    "Der Fluss stand nach drei Tagen Regen hoch, und niemand wollte \u00fcber die alte Br\u00fccke gehen.",
    "Apr\u00e8s trois jours de pluie, la rivi\u00e8re \u00e9tait haute et personne ne voulait passer le pont.",
    "Despu\u00e9s de tres d\u00edas de lluvia el r\u00edo estaba alto y nadie quer\u00eda cruzar el puente viejo.",
    "Dopo tre giorni di pioggia il fiume era alto e nessuno voleva attraversare il vecchio ponte.",
    "Depois de tr\u00eas dias de chuva o rio estava cheio e ningu\u00e9m queria atravessar a ponte velha.",
    "Na drie dagen regen stond de rivier hoog en niemand wilde over de oude brug lopen.",
    "Efter tre dagars regn stod floden h\u00f6gt och ingen ville g\u00e5 \u00f6ver den gamla bron.",
    "Kolmen sadep\u00e4iv\u00e4n j\u00e4lkeen joki oli korkealla, eik\u00e4 kukaan halunnut ylitt\u00e4\u00e4 vanhaa siltaa.",
    "Po trzech dniach deszczu rzeka wezbra\u0142a i nikt nie chcia\u0142 przej\u015b\u0107 przez stary most.",
    "Po t\u0159ech dnech de\u0161t\u011b byla \u0159eka vysoko a nikdo necht\u011bl p\u0159ej\u00edt star\u00fd most.",
    "Dup\u0103 trei zile de ploaie r\u00e2ul era mare \u0219i nimeni nu voia s\u0103 treac\u0103 podul, \u021bara era ud\u0103.",
    "\u00dc\u00e7 g\u00fcn ya\u011fmurdan sonra nehir y\u00fckseldi ve kimse eski k\u00f6pr\u00fcden ge\u00e7mek istemedi.",
    "\u041f\u043e\u0441\u043b\u0435 \u0442\u0440\u0451\u0445 \u0434\u043d\u0435\u0439 \u0434\u043e\u0436\u0434\u044f \u0440\u0435\u043a\u0430 \u043f\u043e\u0434\u043d\u044f\u043b\u0430\u0441\u044c, \u0438 \u043d\u0438\u043a\u0442\u043e \u043d\u0435 \u0445\u043e\u0442\u0435\u043b \u0438\u0434\u0442\u0438 \u043f\u043e \u043c\u043e\u0441\u0442\u0443.",
    "\u041f\u0456\u0441\u043b\u044f \u0442\u0440\u044c\u043e\u0445 \u0434\u043d\u0456\u0432 \u0434\u043e\u0449\u0443 \u0440\u0456\u0447\u043a\u0430 \u043f\u0456\u0434\u043d\u044f\u043b\u0430\u0441\u044f, \u0456 \u043d\u0456\u0445\u0442\u043e \u043d\u0435 \u0445\u043e\u0442\u0456\u0432 \u0439\u0442\u0438 \u043c\u043e\u0441\u0442\u043e\u043c.",
    "\u039c\u03b5\u03c4\u03ac \u03b1\u03c0\u03cc \u03c4\u03c1\u03b5\u03b9\u03c2 \u03bc\u03ad\u03c1\u03b5\u03c2 \u03b2\u03c1\u03bf\u03c7\u03ae \u03ba\u03b1\u03bd\u03b5\u03af\u03c2 \u03b4\u03b5\u03bd \u03ae\u03b8\u03b5\u03bb\u03b5 \u03bd\u03b1 \u03c0\u03b5\u03c1\u03ac\u03c3\u03b5\u03b9 \u03c4\u03b7 \u03b3\u03ad\u03c6\u03c5\u03c1\u03b1.",
    "Sau ba ng\u00e0y m\u01b0a, n\u01b0\u1edbc s\u00f4ng d\u00e2ng cao v\u00e0 kh\u00f4ng ai mu\u1ed1n \u0111i qua c\u00e2y c\u1ea7u c\u0169.",
    "Sau ba nga\u0300y m\u01b0a, n\u01b0\u01a1\u0301c s\u00f4ng d\u00e2ng cao va\u0300 kh\u00f4ng ai mu\u00f4\u0301n \u0111i qua c\u00e2y c\u00e2\u0300u cu\u0303.",
    "\u0628\u0639\u062f \u062b\u0644\u0627\u062b\u0629 \u0623\u064a\u0627\u0645 \u0645\u0646 \u0627\u0644\u0645\u0637\u0631 \u0644\u0645 \u064a\u0631\u062f \u0623\u062d\u062f \u0639\u0628\u0648\u0631 \u0627\u0644\u062c\u0633\u0631 \u0627\u0644\u0642\u062f\u064a\u0645.",
    "\u067e\u0633 \u0627\u0632 \u0633\u0647 \u0631\u0648\u0632 \u0628\u0627\u0631\u0627\u0646 \u0647\u06cc\u0686\u200c\u06a9\u0633 \u0646\u0645\u06cc\u200c\u062e\u0648\u0627\u0633\u062a \u0627\u0632 \u067e\u0644 \u0642\u062f\u06cc\u0645\u06cc \u0628\u06af\u0630\u0631\u062f.",
    "\u05d0\u05d7\u05e8\u05d9 \u05e9\u05dc\u05d5\u05e9\u05d4 \u05d9\u05de\u05d9 \u05d2\u05e9\u05dd \u05d0\u05d9\u05e9 \u05dc\u05d0 \u05e8\u05e6\u05d4 \u05dc\u05e2\u05d1\u05d5\u05e8 \u05d0\u05ea \u05d4\u05d2\u05e9\u05e8 \u05d4\u05d9\u05e9\u05df.",
    "\u0924\u0940\u0928 \u0926\u093f\u0928 \u0915\u0940 \u092c\u093e\u0930\u093f\u0936 \u0915\u0947 \u092c\u093e\u0926 \u0915\u094b\u0908 \u092a\u0941\u0930\u093e\u0928\u093e \u092a\u0941\u0932 \u092a\u093e\u0930 \u0928\u0939\u0940\u0902 \u0915\u0930\u0928\u093e \u091a\u093e\u0939\u0924\u093e \u0925\u093e\u0964",
    "\u0bae\u0bc2\u0ba9\u0bcd\u0bb1\u0bc1 \u0ba8\u0bbe\u0bb3\u0bcd \u0bae\u0bb4\u0bc8\u0b95\u0bcd\u0b95\u0bc1\u0baa\u0bcd \u0baa\u0bbf\u0bb1\u0b95\u0bc1 \u0baf\u0bbe\u0bb0\u0bc1\u0bae\u0bcd \u0baa\u0bbe\u0bb2\u0ba4\u0bcd\u0ba4\u0bc8\u0b95\u0bcd \u0b95\u0b9f\u0b95\u0bcd\u0b95\u0bb5\u0bbf\u0bb2\u0bcd\u0bb2\u0bc8.",
    "\u0e2b\u0e25\u0e31\u0e07\u0e1d\u0e19\u0e15\u0e01\u0e2a\u0e32\u0e21\u0e27\u0e31\u0e19\u0e44\u0e21\u0e48\u0e21\u0e35\u0e43\u0e04\u0e23\u0e2d\u0e22\u0e32\u0e01\u0e02\u0e49\u0e32\u0e21\u0e2a\u0e30\u0e1e\u0e32\u0e19\u0e40\u0e01\u0e48\u0e32",
    "\u4e09\u65e5\u9593\u306e\u96e8\u306e\u5f8c\u3001\u5ddd\u306e\u6c34\u304c\u5897\u3048\u3066\u3001\u8ab0\u3082\u53e4\u3044\u6a4b\u3092\u6e21\u308a\u305f\u304c\u3089\u306a\u304b\u3063\u305f\u3002",
    "\u4e0b\u4e86\u4e09\u5929\u96e8\u4ee5\u540e\uff0c\u6cb3\u6c34\u6da8\u4e86\uff0c\u6ca1\u6709\u4eba\u60f3\u8fc7\u90a3\u5ea7\u65e7\u6865\u3002",
    "\u4e0b\u4e86\u4e09\u5929\u96e8\u4ee5\u5f8c\uff0c\u6cb3\u6c34\u6f32\u4e86\uff0c\u6c92\u6709\u4eba\u60f3\u904e\u90a3\u5ea7\u820a\u6a4b\u3002",
    "\uc0ac\ud758 \ub3d9\uc548 \ube44\uac00 \uc628 \ub4a4 \uac15\ubb3c\uc774 \ubd88\uc5b4 \uc544\ubb34\ub3c4 \ub2e4\ub9ac\ub97c \uac74\ub108\ub824 \ud558\uc9c0 \uc54a\uc558\ub2e4.",
    "Setelah tiga hari hujan, sungai itu tinggi dan tidak seorang pun mau menyeberangi jembatan tua.",
    "Baada ya siku tatu za mvua, mto ulijaa na hakuna mtu aliyetaka kuvuka daraja la zamani.",
    "THE RIVER WAS HIGH AFTER THREE DAYS OF RAIN.", "ONE Two THREE fOUR FIVe", "OK", "ok", "hi there",
    "12345 67890", "?!., ...", "\U0001f600\U0001f680", "a", "\u00aa\u00ab\u00b0\u00bb", "\u01c5\u2160\u00df",
    "See https://example.org/a/b?c=d&e#f and http://x or https:// for more.",
    "Write to jane.doe-1@mail.example.org, a@b, a@bc, @x, x@.y, a@b.c@d.e or \u00e9@\u00e8.fr please.",
    "http://" + "x/" * 1100 + " und dann kommt noch etwas Text.", "m" * 70 + "@" + "n" * 300 + "." + "o" * 300,
    "english words and \u0440\u0443\u0441\u0441\u043a\u0438\u0435 \u0441\u043b\u043e\u0432\u0430 \u0432 \u043e\u0434\u043d\u043e\u043c \u0442\u0435\u043a\u0441\u0442\u0435 \u0432\u043c\u0435\u0441\u0442\u0435 \u0441 \u043d\u0438\u043c\u0438",
    "a_b [c] ^d `e` \u4f60\u597d\u4e16\u754c\u4f60\u597d\u4e16\u754c\u4f60\u597d\u4e16\u754c\u4f60\u597d\u4e16\u754c",
    "ab " * 3000 + "der die das und nicht", "a " * 6000, "   spaces    between     words   ", "tab\ttab\nline\x00nul",
    "\u3105\u3106\u3107 \u31a0\u31a1 \u30ab\u30bf\u30ab\u30ca \u3072\u3089\u304c\u306a \uac00\ub098\ub2e4", "e\u0301 a\u0306\u0300 \u0103\u0300 y\u0323",
]

PIECES = (["Mr. ", "U.S. ", "e.g. ", "etc. ", "No. ", "3.5 ", "1990. ", "The ", "he ", "J. ", "Bach ", "end. ",
           "can't ", "it's ", "cannot ", "gonna ", "'tis ", "d'ye ", "we'll ", "\u017f", "\u0131", "word "]
          + list(".?!,:;\"'`()[]{}<>*@#$%&-_ \n\t") + ["...", ". . .", "--", "''", "\u201c", "\u201d", "\u2019", "\u00a0"])


def random_texts(pieces, count, length, seed):
    generator = random.Random(seed)
    return ["".join(generator.choice(pieces) for _ in range(generator.randrange(1, length)))
            for _ in range(count)]


def random_excerpts(count, seed):
    """Pieces of the language samples, cut anywhere and mixed, some in capitals."""
    generator = random.Random(seed)
    texts = []
    for _ in range(count):
        text = ""
        for _ in range(generator.randrange(1, 4)):
            sample = generator.choice(LANGUAGES[:31])
            begin = generator.randrange(len(sample))
            text += sample[begin:begin + generator.randrange(2, 60)] + " "
        texts.append(text.upper() if generator.random() < 0.1 else text)
    return texts


def punkt(text_data):
    """NLTK's sentence tokenizer with the data that HiR uses."""
    import nltk
    from nltk.tokenize.punkt import PunktTokenizer
    root = pathlib.Path(tempfile.mkdtemp())
    folder = root / "tokenizers" / "punkt_tab" / "english"
    folder.mkdir(parents=True)
    for name, ours in PUNKT_FILES.items():
        shutil.copy(text_data / ours, folder / name)
    nltk.data.path = [str(root)]
    tokenizer = PunktTokenizer("english")
    nltk.word_tokenize("load")
    shutil.rmtree(root)
    return tokenizer


def languages(text):
    import langdetect
    try:
        found = langdetect.detect_langs(text)
    except langdetect.LangDetectException:
        return None
    return [[each.lang, each.prob] for each in found]


def write(path, records):
    path.write_text("".join(json.dumps(record) + "\n" for record in records))


def main():
    if len(sys.argv) != 3:
        raise SystemExit("usage: make_text_fixtures.py TEXT_DATA_DIR OUT_DIR")
    text_data, out = map(pathlib.Path, sys.argv[1:])
    listdir = os.listdir
    os.listdir = lambda path=".": sorted(listdir(path))  # langdetect sums in this order.
    import langdetect
    import nltk
    if nltk.__version__ != "3.9.2":
        raise SystemExit(f"nltk is {nltk.__version__}; the reference is 3.9.2.")
    langdetect.DetectorFactory.seed = 0
    tokenizer = punkt(text_data)
    english = ENGLISH + random_texts(PIECES, 400, 24, seed=1)
    out.mkdir(parents=True, exist_ok=True)
    write(out / "sentences.jsonl",
          ({"text": text, "spans": list(tokenizer.span_tokenize(text))} for text in english))
    write(out / "words.jsonl",
          ({"text": text, "tokens": nltk.word_tokenize(text)} for text in english))
    write(out / "languages.jsonl",
          ({"text": text, "languages": languages(text)}
           for text in LANGUAGES + random_excerpts(150, seed=2)))


if __name__ == "__main__":
    main()
