"""Services of the ring as processes of a Python test."""

import json
import subprocess


class Services:
    """Processes that end together."""

    def __init__(self):
        self.processes = []

    def start(self, command, listening="listening"):
        """Starts a service and returns the port in its log line with this message."""
        process = subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT, text=True)
        self.processes.append(process)
        for line in process.stdout:
            if line.startswith("{"):
                record = json.loads(line)
                if record["message"] == listening:
                    return record["port"]
            elif line.startswith("listening on port"):
                return int(line.split()[-1])
        raise RuntimeError(f"{process.args} ended with {process.wait()}")

    def stop(self):
        for process in self.processes:
            process.terminate()
        codes = [process.wait(timeout=30) for process in self.processes]
        for process in self.processes:
            process.stdout.close()
        assert codes == [0] * len(codes), codes
