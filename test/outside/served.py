"""A rehearsal that is served, for clients that were written by others."""

import os
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class Served:
    """Keeps the world of a scenario up until it is closed."""

    def __init__(self, scenario, *options):
        command = ["node", "bin/eks-ami-rollout.mjs", "rehearse", f"rehearsal/scenarios/{scenario}", "--serve"]
        # As npm's scripts do it: the project's own Node comes first.
        environment = {**os.environ, "PATH": f"{ROOT / 'node_modules/.bin'}:{os.environ['PATH']}"}
        self.process = subprocess.Popen(
            [*command, "--port", "0", *options], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
        )
        self.printed = {}
        for line in self.process.stdout:
            if line == "ready\n":
                break
            name, value = line.rstrip("\n").split("=", 1)
            self.printed[name] = value

    @property
    def environment(self):
        """For programs that read the usual variables. Version 1 of the aws CLI has a name of its own for the Region."""
        return {**os.environ, **self.printed, "AWS_DEFAULT_REGION": self.printed["AWS_REGION"], "AWS_PAGER": ""}

    def aws(self, *arguments):
        """Runs the aws CLI beside this Python, its warnings as errors."""
        command = [str(Path(sys.executable).parent / "aws"), *arguments]
        environment = {**self.environment, "PYTHONWARNINGS": "error"}
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    def close(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.stdout.close()
        return self.process.wait(60)
