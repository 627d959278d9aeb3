"""kubectl reads the clusters of a served rehearsal while a rollout runs. Without kubectl it is skipped; the same reads
with node:https are in test/adapters/kubernetes.test.ts.
"""

import json
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

from served import Served

KUBECTL = shutil.which("kubectl")


@unittest.skipIf(KUBECTL is None, "kubectl is not installed")
class Kubectl(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        # A rollout of an hour in a minute and a half.
        cls.served = Served("first-light.yaml", "--speed", "40")
        cls.folder = tempfile.TemporaryDirectory()
        cls.config = str(Path(cls.folder.name) / "config")

    @classmethod
    def tearDownClass(cls):
        cls.served.close()
        cls.folder.cleanup()

    def kubectl(self, *arguments):
        command = [KUBECTL, "--kubeconfig", self.config, *arguments]
        run = subprocess.run(command, env=self.path(), capture_output=True, text=True, check=False)
        self.assertEqual("", run.stderr)
        self.assertEqual(0, run.returncode)
        return run.stdout

    def path(self):
        """The kubeconfig calls `aws`, which is beside this Python."""
        environment = self.served.environment
        return {**environment, "PATH": f"{Path(sys.executable).parent}:{environment['PATH']}"}

    def setUp(self):
        wrote = self.served.aws("eks", "update-kubeconfig", "--name", "prod", "--kubeconfig", self.config)
        self.assertEqual((0, ""), (wrote.returncode, wrote.stderr))

    def test_what_a_person_sees(self):
        before = {item["metadata"]["name"] for item in self.items("nodes")}
        self.assertEqual(9, len(before))
        self.assertEqual({"PodDisruptionBudget"}, {item["kind"] for item in self.items("pdb")})
        started = self.served.aws(
            *("stepfunctions", "start-execution", "--state-machine-arn", self.served.printed["ROLL_OUT_CLUSTER_ARN"]),
            *("--input", '{"clusterName": "prod"}'),
        )
        self.assertEqual(0, started.returncode, started.stderr)

        # Time goes on between two calls, so the table may need a moment of its own.
        seen, table = False, ""
        until = time.monotonic() + 300
        while not (seen and " Ready,SchedulingDisabled " in table) and time.monotonic() < until:
            both = json.loads(self.kubectl("get", "nodes,pods,pdb", "-A", "-o", "json"))["items"]
            nodes = [item for item in both if item["kind"] == "Node"]
            self.assertEqual({"Node", "Pod", "PodDisruptionBudget"}, {item["kind"] for item in both})
            cordoned = any(node["spec"].get("unschedulable") for node in nodes)
            new = any(node["metadata"]["name"] not in before for node in nodes)
            seen = seen or (cordoned and new)
            table = self.kubectl("get", "nodes")
        self.assertTrue(seen, "no moment had a cordoned and a new node")
        self.assertRegex(table, r"^NAME +STATUS +ROLES +AGE +VERSION\n")
        self.assertIn(" Ready,SchedulingDisabled ", table)
        self.assertRegex(self.kubectl("get", "pods", "-A"), r"^NAMESPACE +NAME +READY +STATUS +RESTARTS +AGE\n")
        self.assertIn("ALLOWED DISRUPTIONS", self.kubectl("get", "pdb", "-A"))
        everything = self.kubectl("get", "all", "-A")
        self.assertRegex(everything, r"NAMESPACE +NAME +READY +UP-TO-DATE +AVAILABLE +AGE\n")
        self.assertRegex(everything, r"NAMESPACE +NAME +DESIRED +CURRENT +READY +AGE\n")
        events = self.kubectl("get", "events", "-A")
        self.assertRegex(events, r"^NAMESPACE +LAST SEEN +TYPE +REASON +OBJECT +MESSAGE\n.* NodeReady ")
        pod = self.items("pods")[0]["metadata"]
        described = self.kubectl("describe", "pod", "--namespace", pod["namespace"], pod["name"])
        self.assertRegex(described, r"\nControlled By: +(ReplicaSet|DaemonSet|Job)/")

    def test_a_pod_is_put_and_taken_away(self):
        namespace = Path(self.folder.name) / "namespace.json"
        namespace.write_text(json.dumps({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "trial"}}))
        self.kubectl("create", "--validate=false", "-f", str(namespace))
        self.assertIn("trial", self.kubectl("get", "namespaces"))
        self.kubectl("run", "probe", "--namespace", "trial", "--image", "busybox", "--restart", "Never", "--", "true")
        self.assertRegex(self.kubectl("get", "pods", "--namespace", "trial"), r"\nprobe +")
        self.kubectl("delete", "pod", "probe", "--namespace", "trial", "--wait=false")

    def items(self, kind):
        return json.loads(self.kubectl("get", kind, "-A", "-o", "json"))["items"]


if __name__ == "__main__":
    unittest.main()
