"""A hir-rollout with OpenAI's interface, for tests of its clients."""

import pathlib
import shutil
import tempfile

from services import Services

# Shows a template's inputs: a variable, and whether the assistant's header is requested.
TEMPLATE = """{% for m in messages %}<|im_start|>{{ m['role'] }}
{{ m['content'] }}<|im_end|>
{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant
{% endif %}{% if enable_thinking is defined and enable_thinking is false %}<think>

</think>

{% endif %}"""


class Front:
    """SmolLM2 with TEMPLATE, served at http://127.0.0.1:PORT/v1 in float32."""

    def __init__(self, hir_rollout, model):
        self.root = pathlib.Path(tempfile.mkdtemp())
        self.model = self.root / "smol"
        self.model.mkdir()
        for file in pathlib.Path(model).iterdir():
            if file.is_file():
                (self.model / file.name).symlink_to(file.resolve())
        template = self.model / "chat_template.jinja"
        template.unlink(missing_ok=True)
        template.write_text(TEMPLATE)
        self.services = Services()
        port = self.services.start(
            [hir_rollout, "--model", self.model, "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0",
             "--dtype", "f32"], listening="listening for HTTP")
        self.url = f"http://127.0.0.1:{port}/v1"

    def stop(self):
        self.services.stop()
        shutil.rmtree(self.root)
