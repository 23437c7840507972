package kubernetes.admission_test

import data.kubernetes.admission

review(spec) := {"request": {
	"kind": {"group": "", "version": "v1", "kind": "Pod"},
	"operation": "CREATE",
	"object": {"metadata": {"name": "web"}, "spec": object.union({"serviceAccountName": "web"}, spec)},
}}

privileged := [{"name": "shell", "securityContext": {"privileged": true}}]

test_a_common_pod_is_admitted if {
	count(admission.deny) == 0 with input as review({"containers": [{"name": "web"}]})
}

test_no_container_is_privileged_wherever_it_stands if {
	every list in ["containers", "initContainers", "ephemeralContainers"] {
		admission.deny == {sprintf("web: container \"shell\" of %s must not be privileged", [list])} with input as review({list: privileged})
	}
}

test_a_service_account_is_named if {
	every account in ["", "default"] {
		count(admission.deny) == 1 with input as review({"serviceAccountName": account})
	}
}

test_a_pod_without_one_is_refused if {
	pod := review({})
	nameless := json.remove(pod, ["request/object/spec/serviceAccountName"])
	count(admission.deny) == 1 with input as nameless
}

test_a_pod_that_a_controller_makes_is_held_to_the_rules_too if {
	patch := [
		{"op": "remove", "path": "request/object/metadata/name"},
		{"op": "add", "path": "request/object/metadata/generateName", "value": "web-"},
	]
	some msg in admission.deny with input as json.patch(review({"initContainers": privileged}), patch)
	startswith(msg, "web-: ")
}

test_other_kinds_and_deletions_are_left_alone if {
	service := json.patch(review({"containers": privileged}), [{"op": "replace", "path": "request/kind/kind", "value": "Service"}])
	count(admission.deny) == 0 with input as service
	deletion := json.patch(review({"containers": privileged}), [{"op": "replace", "path": "request/operation", "value": "DELETE"}])
	count(admission.deny) == 0 with input as deletion
}
