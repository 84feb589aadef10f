package policy_test

import (
	"testing"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

func TestWhatAnyCallerCanRepeatSharesEvents(t *testing.T) { // ABUSE 52
	unproved := idp.Actor{Kind: idp.ActorUser}
	for name, c := range map[string]struct {
		event idp.AuditEvent
		want  bool
	}{
		"a password for a made-up name": {idp.AuditEvent{Actor: unproved, Result: idp.ResultFailure, Reason: idp.ReasonWrongPassword}, true},
		"the lock of a made-up name":    {idp.AuditEvent{Actor: unproved, Result: idp.ResultFailure, Reason: idp.ReasonLockedNow}, true},
		"a made-up link":                {idp.AuditEvent{Actor: unproved, Result: idp.ResultFailure, Reason: idp.ReasonNotFound}, true},
		"a request under a limit":       {idp.AuditEvent{Actor: unproved, Result: idp.ResultFailure, UserID: "usr_1", Reason: idp.ReasonTooMany}, true},
		"a try under a lock":            {idp.AuditEvent{Actor: unproved, Result: idp.ResultFailure, UserID: "usr_1", Reason: idp.ReasonLocked}, true},
		"a wrong password":              {idp.AuditEvent{Actor: unproved, Result: idp.ResultFailure, UserID: "usr_1", Reason: idp.ReasonWrongPassword}, false},
		"the lock of a password":        {idp.AuditEvent{Actor: unproved, Result: idp.ResultFailure, UserID: "usr_1", Reason: idp.ReasonLockedNow}, false},
		"a mail that was sent":          {idp.AuditEvent{Actor: unproved, Result: idp.ResultSuccess, UserID: "usr_1"}, false},
		"a person who signed in":        {idp.AuditEvent{Actor: idp.Actor{Kind: idp.ActorUser, ID: "usr_1"}, Result: idp.ResultFailure, Reason: idp.ReasonNotFound}, false},
		"the system":                    {idp.AuditEvent{Actor: idp.Actor{Kind: idp.ActorSystem}, Result: idp.ResultFailure}, false},
	} {
		if got := policy.Repeatable(c.event); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
