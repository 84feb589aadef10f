package account

import (
	"context"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/web/activity"
	"github.com/apscloud/apsid/internal/web/door"
)

// origins finds in which browser each of the visitor's authenticators was set up, as far as the trail knows: in a sign-in, or here.
func (s *Surface) origins(ctx context.Context, v door.Visitor) (map[idp.AuthenticatorID]string, error) {
	found := map[idp.AuthenticatorID]string{}
	for _, kind := range []idp.EventType{idp.EventAuthenticatorAdded, idp.EventMFAEnrolled} {
		events, _, err := s.Practices.ListEvents(ctx, v.Caller, v.Account.Practice.ID,
			directory.EventQuery{UserID: v.Account.User.ID, Type: kind, Result: idp.ResultSuccess}, directory.Page{Limit: remembered}, v.Now)
		if err != nil {
			return nil, err
		}
		for _, e := range events {
			for _, a := range v.Account.Authenticators {
				if setUp(a, e) {
					found[a.ID] = activity.Device(e.UserAgent)
				}
			}
		}
	}
	return found, nil
}

// setUp reports whether the authenticator was set up by what this event records. That of a sign-in does not name it.
func setUp(a idp.Authenticator, e idp.AuditEvent) bool {
	if e.Type == idp.EventMFAEnrolled {
		return e.Reason == a.Kind.Reason() && e.At.Equal(a.CreatedAt)
	}
	return e.Details["authenticator"] == string(a.ID)
}
