"""The pod runner: pods bound to its node are real local processes.

It stands where a kubelet and a container runtime stand in a cluster, for the part of their
contract that the operator and its data plane can notice: commands, environment, probes,
restarts, exit codes, grace periods, service-account rights and a pod address of its own.
What it cannot give without namespaces and images is said in `volumes` and `images`; users, capabilities,
resource limits, lifecycle hooks, port mappings and `kubectl exec` are not there either.
"""
