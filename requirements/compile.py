"""Pin the newest versions that fit `*.in`, with hashes, into `*.txt`: `compile.py` (`make requirements`)."""

from __future__ import annotations

import subprocess
import tempfile
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
OPTIONS = ["--generate-hashes", "--allow-unsafe", "--strip-extras", "--upgrade", "--no-header", "--quiet"]
# Where packages come from is this machine's affair.
OPTIONS += ["--no-emit-index-url", "--no-emit-trusted-host", "--no-emit-find-links"]


def main() -> None:
    """Compile with a pip-tools of its own, which nothing else needs."""
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = Path(folder) / "bin" / "python"
        subprocess.run([python, "-m", "pip", "install", "--quiet", "pip-tools"], check=True)
        for name in ("runtime", "dev"):
            source, target = f"requirements/{name}.in", f"requirements/{name}.txt"
            print(f"Pinning {target} …", flush=True)
            command: list[str | Path] = [python, "-m", "piptools", "compile", *OPTIONS, "--output-file", target, source]
            subprocess.run(command, check=True, cwd=HERE.parent)


if __name__ == "__main__":
    main()
