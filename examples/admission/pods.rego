# The two rules that every cluster begins with. Written as for any OPA: the input is the API server's AdmissionReview.
package kubernetes.admission

# A privileged container is root on its node.
deny contains msg if {
	is_pod
	some list in ["containers", "initContainers", "ephemeralContainers"]
	some container in pod.spec[list]
	container.securityContext.privileged
	msg := sprintf("%s: container %q of %s must not be privileged", [name, container.name, list])
}

# Pods without a name of their own share the permissions of `default`, and nobody can tell them apart.
deny contains msg if {
	is_pod
	not has_service_account
	msg := sprintf("%s: name a service account that is not `default`", [name])
}

has_service_account if not pod.spec.serviceAccountName in {"", "default"}

is_pod if {
	input.request.kind.group == ""
	input.request.kind.kind == "Pod"
	input.request.operation in {"CREATE", "UPDATE"}
}

pod := input.request.object

# What a controller creates has no name yet.
name := object.get(pod.metadata, "name", object.get(pod.metadata, "generateName", "a pod"))
