# `countersign policy test examples/shop/policies/guards`
package shop.guards_test

import data.shop.guards

refund(amount) := {
	"subject": {"type": "user", "id": "alice"},
	"action": {"name": "refund"},
	"resource": {"type": "order", "id": "o-18"},
	"context": {"amount": amount},
}

approved_by(who) := object.union(refund(5000), {"context": {"approvedBy": who}})

limits := {"alone": 1000}

test_a_common_refund_is_not_stopped if {
	count(guards.deny) == 0 with input as refund(250) with data.limits as limits
}

test_a_large_one_needs_a_second_person if {
	count(guards.deny) == 1 with input as refund(5000) with data.limits as limits
}

test_a_second_person_approves if {
	count(guards.deny) == 0 with input as approved_by("carol")
		with data.limits as limits
		with countersign.allowed as true
}

test_nobody_approves_for_themselves if {
	count(guards.deny) == 1 with input as approved_by("alice")
		with data.limits as limits
		with countersign.allowed as true
}

test_the_second_person_must_be_allowed_to if {
	count(guards.deny) == 1 with input as approved_by("bob")
		with data.limits as limits
		with countersign.allowed as false
}

test_a_disputed_order_is_not_refunded if {
	some msg in guards.deny with input as refund(20)
		with data.disputes as [{"order": "o-18", "case": "CB-1"}]
	contains(msg, "CB-1")
}

closings := [{"from": "2025-12-31T18:00:00Z", "until": "2026-01-02T06:00:00Z"}]

at(time_text) := time.parse_rfc3339_ns(time_text)

test_nothing_is_paid_back_while_the_books_are_closed if {
	count(guards.deny) == 1 with input as refund(20)
		with data.closings as closings
		with time.now_ns as at("2026-01-01T12:00:00Z")
}

test_they_are_open_again_from_the_minute_on if {
	count(guards.deny) == 0 with input as refund(20)
		with data.closings as closings
		with time.now_ns as at("2026-01-02T06:00:00Z")
}
