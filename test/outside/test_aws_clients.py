"""boto3 and the aws CLI, as their users install them, drive a served rehearsal. Run by .ci/run.

    python -W error -m unittest discover test/outside
"""

import io
import json
import logging
import re
import time
import unittest

import boto3
from botocore.exceptions import ClientError

from served import ROOT, Served

SERVICES = {
    service: service for service in ("autoscaling", "cloudwatch", "ec2", "eks", "events", "lambda", "sns", "ssm", "sts")
} | {"states": "stepfunctions"}


def listed_operations():
    """The operations that docs/rehearsal.md lists, by client."""
    text = (ROOT / "docs/rehearsal.md").read_text()
    table = re.search(r"<!-- operations -->(.*)<!-- /operations -->", text, re.S).group(1)
    rows = re.findall(r"^\| `(\w+)` +\| (.*?) *\|$", table, re.M)
    return {SERVICES[service]: set(operations.split(", ")) for service, operations in rows}


def missing_members(shape, value, path):
    """Members that the service's model marks as required and an answer does not hold."""
    if shape.type_name == "structure":
        for name in shape.required_members:
            if value.get(name) is None:
                yield f"{path}.{name}"
        for name, member in shape.members.items():
            if name in value:
                yield from missing_members(member, value[name], f"{path}.{name}")
    elif shape.type_name == "list":
        for index, item in enumerate(value):
            yield from missing_members(shape.member, item, f"{path}[{index}]")


def lasting(items):
    """What does not change between two looks: alarms come and go while time passes."""
    return [item["AlarmArn"] if "AlarmArn" in item else item for item in items]


class AwsClients(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.log = io.StringIO()
        handler = logging.StreamHandler(cls.log)
        logging.getLogger("botocore").addHandler(handler)
        logging.getLogger("botocore").setLevel(logging.WARNING)
        cls.served = Served("first-light.yaml", "--speed", "max")
        printed = cls.served.printed
        cls.cluster_machine = printed["ROLL_OUT_CLUSTER_ARN"]
        cls.called = {}
        cls.incomplete = []
        cls.session = boto3.Session(
            aws_access_key_id=printed["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=printed["AWS_SECRET_ACCESS_KEY"],
            region_name=printed["AWS_REGION"],
        )

    @classmethod
    def tearDownClass(cls):
        if cls.served.close() != 0:
            raise AssertionError("the served world did not end with 0")

    def client(self, name, served=None):
        client = self.session.client(name, endpoint_url=(served or self.served).printed["AWS_ENDPOINT_URL"])

        def look(parsed, model, **_):
            self.called.setdefault(name, set()).add(model.name)
            if model.output_shape is not None and "Error" not in parsed:
                self.incomplete.extend(missing_members(model.output_shape, parsed, model.name))

        client.meta.events.register("after-call", look)
        return client

    def aws(self, *arguments, served=None):
        """Runs the aws CLI. Gives what it prints."""
        run = (served or self.served).aws(*arguments, "--output", "json")
        self.assertEqual("", run.stderr)
        self.assertEqual(0, run.returncode)
        return json.loads(run.stdout)

    def roll_out(self, served=None, **start):
        """Starts a rollout and waits for its end."""
        states = self.client("stepfunctions", served)
        arn = states.start_execution(stateMachineArn=self.cluster_machine, input=json.dumps(start))["executionArn"]
        while (ended := states.describe_execution(executionArn=arn))["status"] == "RUNNING":
            time.sleep(0.2)
        return ended

    def refused(self, code, status, call, **request):
        with self.assertRaises(ClientError) as caught:
            call(**request)
        answer = caught.exception.response
        self.assertEqual((code, status), (answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]))
        self.assertNotEqual("", answer["Error"]["Message"])
        self.assertTrue(answer["ResponseMetadata"]["RequestId"])

    def test_1_what_is_there(self):
        eks, ec2, groups, ssm = (self.client(name) for name in ("eks", "ec2", "autoscaling", "ssm"))
        [cluster] = eks.list_clusters()["clusters"]
        self.assertEqual("ACTIVE", eks.describe_cluster(name=cluster)["cluster"]["status"])
        names = eks.list_nodegroups(clusterName=cluster)["nodegroups"]
        self.assertEqual(3, len(names))
        for name in names:
            described = eks.describe_nodegroup(clusterName=cluster, nodegroupName=name)["nodegroup"]
            self.assertEqual("CUSTOM", described["amiType"])
            template = described["launchTemplate"]
            [version] = ec2.describe_launch_template_versions(
                LaunchTemplateId=template["id"], Versions=[template["version"]]
            )["LaunchTemplateVersions"]
            [group] = groups.describe_auto_scaling_groups(
                AutoScalingGroupNames=[described["resources"]["autoScalingGroups"][0]["name"]]
            )["AutoScalingGroups"]
            ids = [instance["InstanceId"] for instance in group["Instances"]]
            self.assertEqual(described["scalingConfig"]["desiredSize"], len(ids))
            [subnet, *_] = ec2.describe_subnets(SubnetIds=described["subnets"])["Subnets"]
            self.assertGreater(subnet["AvailableIpAddressCount"], 0)
            reservations = ec2.describe_instances(InstanceIds=ids)["Reservations"]
            images = {instance["ImageId"] for each in reservations for instance in each["Instances"]}
            self.assertEqual({version["LaunchTemplateData"]["ImageId"]}, images)
        public = "/aws/service/eks/optimized-ami/1.33/amazon-linux-2023/x86_64/standard/recommended/image_id"
        read = ssm.get_parameters(Names=[public, "/no/such"])
        self.assertEqual([public], [parameter["Name"] for parameter in read["Parameters"]])
        self.assertEqual(["/no/such"], read["InvalidParameters"])

    def test_2_the_aws_cli(self):
        self.assertEqual(["prod"], self.aws("eks", "list-clusters")["clusters"])
        groups = self.aws("eks", "list-nodegroups", "--cluster-name", "prod")["nodegroups"]
        self.assertEqual(3, len(groups))
        described = self.aws("eks", "describe-nodegroup", "--cluster-name", "prod", "--nodegroup-name", groups[0])
        template = described["nodegroup"]["launchTemplate"]["id"]
        versions = self.aws("ec2", "describe-launch-template-versions", "--launch-template-id", template)
        self.assertEqual(template, versions["LaunchTemplateVersions"][0]["LaunchTemplateId"])
        self.assertTrue(self.aws("autoscaling", "describe-auto-scaling-groups")["AutoScalingGroups"])
        self.assertTrue(self.aws("ec2", "describe-instances")["Reservations"])
        self.assertEqual(["/no"], self.aws("ssm", "get-parameters", "--names", "/no")["InvalidParameters"])
        self.assertEqual("111122223333", self.aws("sts", "get-caller-identity")["Account"])
        started = self.aws(
            *("stepfunctions", "start-execution", "--state-machine-arn", self.cluster_machine),
            *("--input", '{"clusterName": "prod", "dryRun": true}'),
        )
        for _ in range(100):
            ended = self.aws("stepfunctions", "describe-execution", "--execution-arn", started["executionArn"])
            if ended["status"] != "RUNNING":
                break
            time.sleep(0.2)
        self.assertEqual("Planned", json.loads(ended["output"])["outcome"])

    def test_3_rollouts(self):
        planned = self.roll_out(clusterName="prod", dryRun=True)
        self.assertEqual(("SUCCEEDED", "Planned"), (planned["status"], json.loads(planned["output"])["outcome"]))
        unknown_key = self.roll_out(clusterName="prod", dryrun=True)
        self.assertEqual(("FAILED", "Refused"), (unknown_key["status"], unknown_key["error"]))
        self.assertIn("dryrun", json.loads(unknown_key["cause"])["reason"])
        unknown_cluster = self.roll_out(clusterName="nope")
        self.assertEqual(("FAILED", "Refused"), (unknown_cluster["status"], unknown_cluster["error"]))
        done = self.roll_out(clusterName="prod")
        self.assertEqual(("SUCCEEDED", "Succeeded"), (done["status"], json.loads(done["output"])["outcome"]))
        again = self.roll_out(clusterName="prod")
        self.assertEqual(("SUCCEEDED", "UpToDate"), (again["status"], json.loads(again["output"])["outcome"]))

        states = self.client("stepfunctions")
        history = states.get_execution_history(executionArn=done["executionArn"], maxResults=1000)["events"]
        self.assertEqual("ExecutionStarted", history[0]["type"])
        self.assertEqual("ExecutionSucceeded", history[-1]["type"])
        self.assertEqual([index + 1 for index in range(len(history))], [event["id"] for event in history])

    def test_4_pages_of_one(self):
        machine = self.cluster_machine
        [newest] = self.client("stepfunctions").list_executions(stateMachineArn=machine, maxResults=1)["executions"]
        template = self.client("ec2").describe_launch_templates()["LaunchTemplates"][0]["LaunchTemplateId"]
        lists = [
            ("eks", "list_clusters", {}, "clusters"),
            ("eks", "list_nodegroups", {"clusterName": "prod"}, "nodegroups"),
            ("ec2", "describe_launch_templates", {}, "LaunchTemplates"),
            ("ec2", "describe_launch_template_versions", {"LaunchTemplateId": template}, "LaunchTemplateVersions"),
            ("ec2", "describe_images", {}, "Images"),
            ("ec2", "describe_instances", {}, "Reservations"),
            ("ec2", "describe_instance_status", {}, "InstanceStatuses"),
            ("autoscaling", "describe_auto_scaling_groups", {}, "AutoScalingGroups"),
            ("ssm", "get_parameters_by_path", {"Path": "/", "Recursive": True}, "Parameters"),
            ("cloudwatch", "describe_alarms", {}, "MetricAlarms"),
            ("cloudwatch", "describe_alarm_history", {"HistoryItemType": "ConfigurationUpdate"}, "AlarmHistoryItems"),
            ("events", "list_rules", {}, "Rules"),
            ("events", "list_targets_by_rule", {"Rule": "eks-ami-rollout-HealRolloutsFunctionExecutionEnded"}, "Targets"),
            ("stepfunctions", "list_state_machines", {}, "stateMachines"),
            ("stepfunctions", "list_executions", {"stateMachineArn": machine}, "executions"),
            ("stepfunctions", "get_execution_history", {"executionArn": newest["executionArn"]}, "events"),
        ]
        for service, operation, request, result in lists:
            with self.subTest(operation):
                paginator = self.client(service).get_paginator(operation)
                whole = paginator.paginate(**request).build_full_result()[result]
                pages = list(paginator.paginate(**request, PaginationConfig={"PageSize": 1}))
                self.assertGreaterEqual(len(pages), len(whole))
                self.assertEqual(lasting(whole), lasting([item for page in pages for item in page[result]]))
                tokens = [page[key] for page in pages for key in ("nextToken", "NextToken") if page.get(key)]
                self.assertEqual(len(tokens), len(set(tokens)))
                self.assertTrue(whole)

    def test_5_what_is_refused(self):
        eks, ec2, ssm, states = (self.client(name) for name in ("eks", "ec2", "ssm", "stepfunctions"))
        self.refused("ResourceNotFoundException", 404, eks.describe_cluster, name="nope")
        self.refused("ResourceNotFoundException", 404, eks.describe_nodegroup, clusterName="prod", nodegroupName="no")
        self.refused("InvalidInstanceID.NotFound", 400, ec2.describe_instances, InstanceIds=["i-0123456789abcdef0"])
        self.refused("InvalidAMIID.NotFound", 400, ec2.describe_images, ImageIds=["ami-0123456789abcdef0"])
        self.refused("ParameterNotFound", 400, ssm.get_parameter, Name="/no/such")
        self.refused("ExecutionDoesNotExist", 400, states.describe_execution, executionArn=self.cluster_machine + "x")
        self.refused("InvalidName", 400, states.start_execution, stateMachineArn=self.cluster_machine, name="a b")
        self.refused(
            "InvalidExecutionInput", 400, states.start_execution, stateMachineArn=self.cluster_machine, input="{"
        )
        again = {"stateMachineArn": self.cluster_machine, "name": "once", "input": '{"clusterName": "nope"}'}
        first = states.start_execution(**again)["executionArn"]
        while states.describe_execution(executionArn=first)["status"] == "RUNNING":
            time.sleep(0.2)
        self.refused("ExecutionAlreadyExists", 400, states.start_execution, **again)
        self.refused("UnknownOperationException", 404, eks.list_addons, clusterName="prod")
        self.refused("InvalidAction", 400, ec2.describe_vpcs)

    def test_6_each_operation_holds_what_its_model_requires(self):
        eks, ec2, ssm, states, sts = (self.client(name) for name in ("eks", "ec2", "ssm", "stepfunctions", "sts"))
        group = eks.describe_nodegroup(clusterName="prod", nodegroupName="web")["nodegroup"]
        template = group["launchTemplate"]["id"]
        resized = eks.update_nodegroup_config(
            clusterName="prod", nodegroupName="web", scalingConfig={"desiredSize": group["scalingConfig"]["desiredSize"]}
        )
        self.assertEqual("ConfigUpdate", resized["update"]["type"])
        made = ec2.create_launch_template_version(
            LaunchTemplateId=template, SourceVersion=group["launchTemplate"]["version"], LaunchTemplateData={"InstanceType": "m6i.xlarge"}
        )["LaunchTemplateVersion"]["VersionNumber"]
        ec2.modify_launch_template(LaunchTemplateId=template, DefaultVersion="1")
        ec2.create_tags(Resources=[template], Tags=[{"Key": "team", "Value": "shop"}])
        [tagged] = ec2.describe_launch_templates(LaunchTemplateIds=[template])["LaunchTemplates"]
        self.assertIn({"Key": "team", "Value": "shop"}, tagged["Tags"])
        image = ec2.describe_images()["Images"][0]["ImageId"]
        self.assertEqual(image, ec2.get_image_ancestry(ImageId=image)["ImageAncestryEntries"][0]["ImageId"])
        update = eks.update_nodegroup_version(
            clusterName="prod", nodegroupName="web", launchTemplate={"id": template, "version": str(made)}
        )["update"]["id"]
        eks.describe_update(name="prod", nodegroupName="web", updateId=update)
        self.assertIn(update, eks.list_updates(name="prod", nodegroupName="web")["updateIds"])
        eks.delete_nodegroup(clusterName="prod", nodegroupName="web")
        ec2.delete_launch_template_versions(LaunchTemplateId=template, Versions=[str(made)])
        self.assertEqual(template, ec2.delete_launch_template(LaunchTemplateId=template)["LaunchTemplate"]["LaunchTemplateId"])
        self.refused("InvalidLaunchTemplateId.NotFound", 400, ec2.describe_launch_templates, LaunchTemplateIds=[template])
        ssm.put_parameter(Name="/mine", Value="1", Type="String")
        self.assertEqual("1", ssm.get_parameter(Name="/mine")["Parameter"]["Value"])
        ssm.delete_parameter(Name="/mine")
        sts.get_caller_identity()
        machine = states.create_state_machine(
            name="mine",
            roleArn="arn:aws:iam::111122223333:role/any",
            definition='{"QueryLanguage":"JSONata","StartAt":"A","States":{"A":{"Type":"Wait","Seconds":900,"End":true}}}',
        )["stateMachineArn"]
        states.describe_state_machine(stateMachineArn=machine)
        running = states.start_execution(stateMachineArn=machine)["executionArn"]
        states.stop_execution(executionArn=running)
        states.delete_state_machine(stateMachineArn=machine)
        self.refused("InvalidToken", 400, states.send_task_success, taskToken="no", output="{}")
        self.refused("InvalidToken", 400, states.send_task_failure, taskToken="no")
        self.refused("InvalidToken", 400, states.send_task_heartbeat, taskToken="no")
        self.functions()
        role = states.describe_state_machine(stateMachineArn=self.cluster_machine)["roleArn"]
        sts.assume_role(RoleArn=role, RoleSessionName="look")
        self.auto_scaling()
        self.told()
        for service, operations in listed_operations().items():
            self.assertEqual(set(), operations - self.called.get(service, set()), service)
        self.assertEqual([], self.incomplete)

    def functions(self):
        """The one that people call by its name."""
        functions = self.client("lambda")
        answer = functions.invoke(FunctionName="eks-ami-rollout-control-rollout", Payload=b'{"action": "dance"}')
        self.assertNotIn("FunctionError", answer)
        says = json.loads(answer["Payload"].read())
        self.assertFalse(says["accepted"])
        self.assertIn("action", says["says"])
        self.refused("ResourceNotFoundException", 404, functions.invoke, FunctionName="no")

    def told(self):
        """Alarms, events and topics."""
        self.alarms()
        self.events()
        self.topics()

    def alarms(self):
        """In a world of its own, where time does not run ahead: no failure stays new for long."""
        served = Served("nothing-to-do.yaml", "--speed", "1")
        self.addCleanup(served.close)
        alarms = self.client("cloudwatch", served)

        def alarm(name):
            [found] = alarms.describe_alarms(AlarmNamePrefix=f"eks-ami-rollout-{name}Alarm-")["MetricAlarms"]
            return found

        self.roll_out(served, clusterName="nope")
        failed = alarm("RolloutFailed")
        self.assertEqual(("ALARM", "ExecutionsFailed", 300), (failed["StateValue"], failed["MetricName"], failed["Period"]))
        self.assertEqual([{"Name": "StateMachineArn", "Value": self.cluster_machine}], failed["Dimensions"])
        self.assertIn(failed["AlarmName"], self.names(self.aws("cloudwatch", "describe-alarms", "--state-value", "ALARM", served=served)))
        history = {"AlarmName": failed["AlarmName"], "ScanBy": "TimestampAscending"}
        [first, *_, last] = alarms.describe_alarm_history(**history)["AlarmHistoryItems"]
        self.assertEqual("ConfigurationUpdate", first["HistoryItemType"])
        self.assertEqual("ALARM", json.loads(last["HistoryData"])["newState"]["stateValue"])
        newest = self.aws("cloudwatch", "describe-alarm-history", "--max-items", "1", served=served)
        self.assertTrue(newest["AlarmHistoryItems"])

        silent = alarm("ScansSilent")
        self.assertEqual("INSUFFICIENT_DATA", silent["StateValue"])
        # What its metric says is not played, so that nobody else sets it.
        alarms.set_alarm_state(AlarmName=silent["AlarmName"], StateValue="ALARM", StateReason="a look")
        self.assertEqual(("ALARM", "a look"), (alarm("ScansSilent")["StateValue"], alarm("ScansSilent")["StateReason"]))
        self.assertEqual([], alarms.describe_alarms(AlarmTypes=["CompositeAlarm"])["MetricAlarms"])
        absent = {"AlarmName": "no", "StateValue": "OK", "StateReason": "-"}
        self.refused("ResourceNotFound", 404, alarms.set_alarm_state, **absent)
        self.refused("InvalidNextToken", 400, alarms.describe_alarms, NextToken="no")
        both = {"AlarmNames": ["a"], "AlarmNamePrefix": "a"}
        self.refused("InvalidParameterCombination", 400, alarms.describe_alarms, **both)

    def names(self, described):
        return [alarm["AlarmName"] for alarm in described["MetricAlarms"]]

    def events(self):
        bus = self.client("events")
        entry = {"Source": "mine", "DetailType": "look", "Detail": "{}"}
        put = bus.put_events(Entries=[entry, {**entry, "Source": "aws.ec2"}, {**entry, "Detail": "{"}])
        self.assertEqual(2, put["FailedEntryCount"])
        codes = [each.get("ErrorCode") for each in put["Entries"]]
        self.assertEqual([None, "NotAuthorizedForSourceException", "MalformedDetail"], codes)
        self.assertTrue(put["Entries"][0]["EventId"])
        told = self.aws("events", "put-events", "--entries", json.dumps([entry]))
        self.assertEqual(0, told["FailedEntryCount"])
        self.refused("ValidationException", 400, bus.put_events, Entries=[{**entry, "Detail": f'"{"x" * 2**20}"'}])

        [default] = bus.list_event_buses(Limit=1)["EventBuses"]
        self.assertEqual(default["Arn"], bus.describe_event_bus()["Arn"])
        for rule in self.aws("events", "list-rules")["Rules"]:
            described = bus.describe_rule(Name=rule["Name"], EventBusName=default["Arn"])
            self.assertTrue(json.loads(described["EventPattern"])["source"])
            self.assertTrue(bus.list_targets_by_rule(Rule=rule["Name"])["Targets"])
        self.refused("ResourceNotFoundException", 400, bus.describe_rule, Name="no")

    def topics(self):
        topics = self.client("sns")
        topic = topics.create_topic(Name="look")["TopicArn"]
        self.assertIn({"TopicArn": topic}, topics.list_topics()["Topics"])
        self.assertTrue(topics.publish(TopicArn=topic, Subject="look", Message="at this")["MessageId"])
        self.assertTrue(self.aws("sns", "publish", "--topic-arn", topic, "--message", "at this")["MessageId"])
        entries = [{"Id": "a", "Message": "at this"}, {"Id": "b", "Message": "and that", "Subject": "x" * 101}]
        batch = topics.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries)
        self.assertEqual((["a"], ["b"]), tuple([each["Id"] for each in batch[key]] for key in ("Successful", "Failed")))
        self.refused("InvalidParameter", 400, topics.publish, TopicArn=topic, Subject="x" * 101, Message="long")
        subscribed = topics.subscribe(TopicArn=topic, Protocol="email", Endpoint="a@example.com", ReturnSubscriptionArn=True)
        [listed] = self.aws("sns", "list-subscriptions-by-topic", "--topic-arn", topic)["Subscriptions"]
        self.assertEqual("PendingConfirmation", listed["SubscriptionArn"])
        topics.unsubscribe(SubscriptionArn=subscribed["SubscriptionArn"])
        self.assertEqual([], topics.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"])
        self.assertEqual(topic, topics.get_topic_attributes(TopicArn=topic)["Attributes"]["TopicArn"])
        topics.delete_topic(TopicArn=topic)
        self.refused("NotFound", 404, topics.publish, TopicArn=topic, Message="gone")

    def auto_scaling(self):
        """A group that people run, in a world of its own whose clock does not run ahead."""
        served = Served("self-managed-plain.yaml")
        self.addCleanup(served.close)
        groups = self.client("autoscaling", served)
        workers = {"AutoScalingGroupName": "workers"}
        [group] = groups.describe_auto_scaling_groups(AutoScalingGroupNames=["workers"])["AutoScalingGroups"]
        template = group["LaunchTemplate"]
        instance = group["Instances"][0]["InstanceId"]
        groups.describe_auto_scaling_instances(InstanceIds=[instance])
        groups.set_instance_protection(**workers, InstanceIds=[instance], ProtectedFromScaleIn=False)
        groups.suspend_processes(**workers, ScalingProcesses=["AZRebalance"])
        groups.resume_processes(**workers, ScalingProcesses=["AZRebalance"])
        groups.set_desired_capacity(**workers, DesiredCapacity=group["DesiredCapacity"])
        groups.update_auto_scaling_group(**workers, MaxSize=group["MaxSize"])

        hook = {**workers, "LifecycleHookName": "look"}
        groups.put_lifecycle_hook(
            **hook, LifecycleTransition="autoscaling:EC2_INSTANCE_TERMINATING", HeartbeatTimeout=7200, DefaultResult="CONTINUE"
        )
        [described] = groups.describe_lifecycle_hooks(**workers)["LifecycleHooks"]
        self.assertEqual(("look", 7200), (described["LifecycleHookName"], described["HeartbeatTimeout"]))
        groups.terminate_instance_in_auto_scaling_group(InstanceId=instance, ShouldDecrementDesiredCapacity=False)
        [waiting] = groups.describe_auto_scaling_instances(InstanceIds=[instance])["AutoScalingInstances"]
        self.assertEqual("Terminating:Wait", waiting["LifecycleState"])
        groups.record_lifecycle_action_heartbeat(**hook, InstanceId=instance)
        groups.complete_lifecycle_action(**hook, InstanceId=instance, LifecycleActionResult="CONTINUE")
        groups.delete_lifecycle_hook(**hook)
        self.refused("ValidationError", 400, groups.delete_lifecycle_hook, **hook)

        desired = {"LaunchTemplate": {"LaunchTemplateId": template["LaunchTemplateId"], "Version": "1"}}
        first = groups.start_instance_refresh(**workers, DesiredConfiguration=desired)["InstanceRefreshId"]
        self.refused("InstanceRefreshInProgress", 400, groups.start_instance_refresh, **workers)
        groups.rollback_instance_refresh(**workers)
        [refresh] = groups.describe_instance_refreshes(**workers, InstanceRefreshIds=[first])["InstanceRefreshes"]
        while refresh["Status"] == "RollbackInProgress":
            time.sleep(0.2)
            [refresh] = groups.describe_instance_refreshes(**workers, InstanceRefreshIds=[first])["InstanceRefreshes"]
        self.assertEqual("RollbackSuccessful", refresh["Status"])
        self.refused("ActiveInstanceRefreshNotFound", 400, groups.cancel_instance_refresh, **workers)
        groups.start_instance_refresh(**workers)
        groups.cancel_instance_refresh(**workers)

    def test_7_nothing_is_logged(self):
        self.assertEqual("", self.log.getvalue())


if __name__ == "__main__":
    unittest.main()
