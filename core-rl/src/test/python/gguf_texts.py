"""Texts on which tokenizers differ when something is wrong with them."""

TEXTS = [
    "",
    " ",
    "a",
    "Hello world",
    "  two  spaces   three ",
    "line\nline\n\n\nline\r\n\ttab \t tabs\n",
    "x\n \n y \n",
    "0 12 345 6789 3.14159 1,000,000 2^10 1st",
    "I'm you're he'll she'd WE'VE it's 'tis don'T",
    "naïve café Ünïcode ſtraße ﬁn ½ ² Ⅷ ٣",
    "cafe\u0301 e\u0301\u0302",
    "你好，世界。こんにちは 안녕하세요 Здравствуй Γειά שלום مرحبا नमस्ते",
    "🙂 👩‍👩‍👧‍👦 🇫🇷 \u200b zero\u00a0width",
    "for (int i = 0; i < n; ++i) { a[i] *= b->c[i]; } // $x_1 \\boxed{42}",
    "https://example.org/a?b=c&d=%20#e user@example.org",
    "<|im_start|>user\nWhat is 2 + 3?<|im_end|>\n<|im_start|>assistant\n",
    "<|im_end|><|endoftext|> <|im_start|> x",
    "!!!???...---___***   ((([[[{{{",
]
