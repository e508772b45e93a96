"""Policies that every manifest of the chart keeps: policies.py RENDERED.yaml. They are what Pod Security `restricted`
and kube-score leave open.
"""
import sys

import yaml

WORKLOADS = {"Deployment", "StatefulSet", "Job", "LeaderWorkerSet"}


def pod_templates(document):
    spec = document["spec"]
    if document["kind"] == "LeaderWorkerSet":
        group = spec["leaderWorkerTemplate"]
        return [group["leaderTemplate"], group["workerTemplate"]]
    return [spec["template"]]


def selects(selector, labels):
    return all(labels.get(key) == value for key, value in selector.get("matchLabels", {}).items())


def check_pod(name, template):
    pod = template["spec"]
    yield pod.get("automountServiceAccountToken") is False, f"{name} mounts a token"
    yield pod.get("enableServiceLinks") is False, f"{name} gets every service as environment"
    context = pod.get("securityContext", {})
    yield context.get("runAsNonRoot") is True and context.get("runAsUser") == 10001, f"{name} may run as root"
    yield context.get("seccompProfile") == {"type": "RuntimeDefault"}, f"{name} has no seccomp profile"
    for container in pod["containers"]:
        inner = container.get("securityContext", {})
        yield inner.get("readOnlyRootFilesystem") is True, f"{name} writes to its root"
        yield inner.get("allowPrivilegeEscalation") is False, f"{name} may gain privileges"
        yield inner.get("capabilities") == {"drop": ["ALL"]}, f"{name} keeps capabilities"
        resources = container.get("resources", {})
        yield "memory" in resources.get("limits", {}), f"{name} has no memory limit"
        yield {"cpu", "memory"} <= resources.get("requests", {}).keys(), f"{name} requests nothing"
        yield ":latest" not in container["image"] and (":" in container["image"] or "@" in container["image"]), \
            f"{name} has a moving image"
        arguments = " ".join(container.get("args", []) + container.get("command", []))
        yield not any(word in arguments for word in ("password=", "key=sk-")), f"{name} shows a secret in its arguments"
    mounts = {mount["name"] for container in pod["containers"] for mount in container.get("volumeMounts", [])}
    volumes = {volume["name"] for volume in pod.get("volumes", [])}
    yield volumes <= mounts, f"{name} has volumes that nothing mounts: {volumes - mounts}"


def check(documents):
    documents = [document for document in documents if document]
    workloads = [document for document in documents if document["kind"] in WORKLOADS]

    def of_kind(kind):
        return [document for document in documents if document["kind"] == kind]

    names = [(document["kind"], document["metadata"]["name"]) for document in documents]
    yield len(names) == len(set(names)), "two objects have one name"
    has_policies = bool(of_kind("NetworkPolicy"))
    for workload in workloads:
        for template in pod_templates(workload):
            name = f"{workload['kind']} {workload['metadata']['name']}"
            labels = template["metadata"]["labels"]
            yield from check_pod(name, template)
            if workload["kind"] == "Job":
                yield template["spec"]["restartPolicy"] in ("OnFailure", "Never"), f"{name} restarts for ever"
            else:
                component = labels["app.kubernetes.io/component"]
                for container in template["spec"]["containers"]:
                    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
                        yield probe in container, f"{name} has no {probe}"
                budgets = [pdb for pdb in of_kind("PodDisruptionBudget")
                           if selects(pdb["spec"]["selector"], labels)]
                yield len(budgets) == (component != "redis"), f"{name} has {len(budgets)} disruption budgets"
                yield any(selects({"matchLabels": service["spec"]["selector"]}, labels)
                          for service in of_kind("Service")), f"no service selects {name}"
            if has_policies:
                policies = [policy for policy in of_kind("NetworkPolicy")
                            if selects(policy["spec"]["podSelector"], labels)]
                yield len(policies) == 2, f"{name} is under {len(policies)} network policies, not deny and its own"


def main():
    with open(sys.argv[1]) as file:
        broken = [message for kept, message in check(list(yaml.safe_load_all(file))) if not kept]
    for message in broken:
        print(message)
    sys.exit(bool(broken))


if __name__ == "__main__":
    main()
