package restore

import (
	"strconv"
	"time"

	"github.com/apscloud/apsid/internal/auditlog"
	"github.com/apscloud/apsid/internal/idp"
)

// event is what a restore leaves in the trail. The counts in words are for people; "apsid audit verify" believes the signed text alone.
func (r Report) event(note string, by idp.Actor, now time.Time) idp.AuditEvent {
	details := map[string]string{
		auditlog.RestorationDetail: note,
		"epoch":                    strconv.FormatInt(r.Epoch.Number, 10),
		"backup_events":            strconv.FormatInt(r.Kept.Size, 10),
		"missing_at_least":         "unknown",
	}
	if r.Last.ID != "" {
		details["backup_last_event"] = string(r.Last.ID)
		details["missing_from"] = r.Last.At.UTC().Format(time.RFC3339)
	}
	if r.Known.Size > 0 {
		details["known_events"] = strconv.FormatInt(r.Known.Size, 10)
		details["missing_at_least"] = strconv.FormatInt(r.Missing(), 10)
		details["missing_until"] = r.Known.At.UTC().Format(time.RFC3339)
	}
	return idp.AuditEvent{
		ID: idp.NewEventID(now), At: now, Type: idp.EventSystemRestored, Actor: by, Result: idp.ResultSuccess, Details: details,
	}
}
