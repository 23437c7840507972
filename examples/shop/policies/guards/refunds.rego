# What stands in the way of a refund, whoever may give it: refunds.cedar says who may.
package shop.guards

# The bank is looking into these orders: what goes back to the customer now would be paid twice.
deny contains msg if {
	some dispute in data.disputes
	dispute.order == input.resource.id
	msg := sprintf("%s is disputed with the bank: case %s", [dispute.order, dispute.case])
}

# A sum that hurts needs two people: the one who asks, and another one who may refund as much.
deny contains msg if {
	input.context.amount > data.limits.alone
	not approved
	msg := sprintf("refunds above %d need the approval of a second person who may give them", [data.limits.alone])
}

approved if {
	approver := input.context.approvedBy
	approver != input.subject.id
	countersign.allowed({"type": "user", "id": approver}, "refund", input.resource)
}

# Nothing is paid back while the books are closed.
deny contains msg if {
	some closing in data.closings
	now := time.now_ns()
	time.parse_rfc3339_ns(closing.from) <= now
	now < time.parse_rfc3339_ns(closing.until)
	msg := sprintf("the books are closed until %s", [closing.until])
}
