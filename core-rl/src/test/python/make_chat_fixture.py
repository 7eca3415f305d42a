"""Writes what transformers renders with the chat templates of the fixture.

Run: python make_chat_fixture.py [FIXTURE_DIR]   (see requirements.txt)

FIXTURE_DIR/templates/NAME.jinja are the templates: those of model families, and synthetic ones (syn-*) that go through the
language. expected.json beside them holds
  special_tokens   the special tokens every template sees
  now              what strftime_now takes for the current time
  conversations    lists of messages by name
  cases            template, conversation, add_generation_prompt and either output (as apply_chat_template(tokenize=False)
                   gives it) or error (the message of the exception, for templates that refuse a conversation)
"""

import datetime
import json
import sys
from pathlib import Path

from jinja2.exceptions import TemplateError
from transformers.utils import chat_template_utils

NOW = datetime.datetime(2025, 3, 7, 15, 4, 5)
SPECIAL_TOKENS = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"}


def message(role: str, content: str) -> dict[str, str]:
    return {"role": role, "content": content}


CONVERSATIONS = {
    "user": [message("user", "Hello there, how are you?")],
    "system": [message("system", " Be brief.\n"), message("user", "What is 2+2?")],
    "turns": [
        message("system", "You are a pirate."),
        message("user", "Hi"),
        message("assistant", "<think>\nA greeting.\n</think>\n\nArr!"),
        message("user", "  Where to?  "),
    ],
    "assistant-last": [message("user", "Say it."), message("assistant", "It.\n\n  Said. ")],
    "empty": [message("user", "")],
    "unicode": [message("user", "Grüße, 世界! 🦜 naïve \u00a0x\u2028y ﬁ"), message("assistant", "¿Qué? 👩‍👩‍👧 ok")],
    "quotes": [message("user", "He said \"it's\" <b>&amp;</b> \\n {{ x }} {% y %} {# z #}\r\n\ttab\x7f\x01"), message("assistant", "a\nb\n")],
    "order": [message("assistant", "first"), message("user", "second"), message("system", "late")],
    "tool": [message("user", "sum"), message("assistant", "calling"), message("tool", "4"), message("assistant", "It is 4")],
}


class FrozenDatetime(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return NOW


def case(template: str, source: str, conversation: str, prompt: bool) -> dict:
    result = {"template": template, "conversation": conversation, "add_generation_prompt": prompt}
    try:
        rendered, _ = chat_template_utils.render_jinja_template(
            conversations=[CONVERSATIONS[conversation]],
            chat_template=source,
            add_generation_prompt=prompt,
            **SPECIAL_TOKENS,
        )
        return result | {"output": rendered[0]}
    except (TemplateError, ValueError, TypeError) as e:
        return result | {"error": str(e)}


def main(directory: Path) -> None:
    chat_template_utils.datetime = FrozenDatetime
    cases = []
    for path in sorted((directory / "templates").glob("*.jinja")):
        source = path.read_bytes().decode("utf-8")
        for conversation in CONVERSATIONS:
            for prompt in (False, True):
                cases.append(case(path.stem, source, conversation, prompt))
    expected = {
        "special_tokens": SPECIAL_TOKENS,
        "now": NOW.isoformat(),
        "conversations": CONVERSATIONS,
        "cases": cases,
    }
    text = json.dumps(expected, ensure_ascii=True, indent=1)
    (directory / "expected.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    default = Path(__file__).parent.parent / "resources" / "fixtures" / "chat"
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else default)
