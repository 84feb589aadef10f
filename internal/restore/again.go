package restore

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"time"

	"github.com/apscloud/apsid/internal/auditlog"
	"github.com/apscloud/apsid/internal/idp"
)

// again are the types of event whose loss gives somebody back what was taken from them, or takes a protection away: what they tell of
// has to be done again.
func again() []idp.EventType {
	return []idp.EventType{
		idp.EventUserDisabled, idp.EventUserFrozen, idp.EventUserUpdated, idp.EventUserRecovered, idp.EventInviteRevoked,
		idp.EventMFAReset, idp.EventMFARevoked, idp.EventMFAActivated, idp.EventPracticeMandatory,
		idp.EventPasswordChanged, idp.EventPasswordReset, idp.EventAuthenticatorRemoved,
		idp.EventPracticeSuspended, idp.EventPracticeAppRemoved,
		idp.EventClientDisabled, idp.EventClientSecretRemoved, idp.EventClientUpdated,
	}
}

// Again reads events as "apsid audit export" writes them, one JSON object a line, in any order, and lists those of after the backup
// whose effect has to be brought about again, the oldest first. Lines of another program around them are the caller's to take away: one
// that is no event is an error.
func Again(events io.Reader, after time.Time) ([]auditlog.Line, error) {
	type dated struct {
		at   time.Time
		line auditlog.Line
	}
	var found []dated
	for number, line := range linesOf(events) {
		at, err := time.Parse(time.RFC3339Nano, line.Time)
		if err != nil || line.Action == "" {
			return nil, fmt.Errorf("object %d is no event as \"apsid audit export\" writes it", number)
		}
		if at.After(after) && line.Result == string(idp.ResultSuccess) && slices.Contains(again(), idp.EventType(line.Action)) {
			found = append(found, dated{at, line})
		}
	}
	slices.SortStableFunc(found, func(a, b dated) int { return a.at.Compare(b.at) })
	lines := make([]auditlog.Line, len(found))
	for i, one := range found {
		lines[i] = one.line
	}
	return lines, nil
}

// linesOf reads one object after another, and numbers them from 1. What can't be read is an empty line, and the last.
func linesOf(events io.Reader) iter.Seq2[int, auditlog.Line] {
	return func(yield func(int, auditlog.Line) bool) {
		decoder := json.NewDecoder(events)
		for number := 1; ; number++ {
			var line auditlog.Line
			err := decoder.Decode(&line)
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				line = auditlog.Line{}
			}
			if !yield(number, line) || err != nil {
				return
			}
		}
	}
}
