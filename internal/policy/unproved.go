package policy

import "github.com/apscloud/apsid/internal/idp"

// Repeatable reports whether a caller who has proved nothing can cause the event as often as they like, so that such events have to
// share lines in the audit trail. A wrong password of a person who exists is no such event: after MaxFailures of them the lock
// refuses, and its refusals are.
func Repeatable(e idp.AuditEvent) bool {
	if e.Result != idp.ResultFailure || e.Actor.Kind != idp.ActorUser || e.Actor.ID != "" {
		return false
	}
	counted := e.Reason == idp.ReasonWrongPassword || e.Reason == idp.ReasonLockedNow
	return e.UserID == "" || !counted
}
