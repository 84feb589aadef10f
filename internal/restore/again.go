package restore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

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

// Deeds reads events as "apsid audit export" writes them, one JSON object after another, and keeps those whose effect would have to be
// brought about again if the database did not know them. One that is no event is an error.
func Deeds(events io.Reader) (deeds []auditlog.Line, err error) {
	for number, line := range linesOf(events) {
		if line.EventID == "" || line.Action == "" {
			return nil, fmt.Errorf("object %d is no event as \"apsid audit export\" writes it", number)
		}
		if line.Result == string(idp.ResultSuccess) && slices.Contains(again(), idp.EventType(line.Action)) {
			deeds = append(deeds, line)
		}
	}
	return deeds, nil
}

// lost lists those of the deeds that the database does not know, the oldest first.
func lost(ctx context.Context, ledger Ledger, deeds []auditlog.Line) (gone []auditlog.Line, err error) {
	for some := range slices.Chunk(deeds, 200) {
		ids := make([]idp.EventID, len(some))
		for i, deed := range some {
			ids[i] = idp.EventID(deed.EventID)
		}
		known, err := ledger.KnownEvents(ctx, ids)
		if err != nil {
			return nil, err
		}
		for i, deed := range some {
			if !slices.Contains(known, ids[i]) {
				gone = append(gone, deed)
			}
		}
	}
	slices.SortFunc(gone, func(a, b auditlog.Line) int { return strings.Compare(a.EventID, b.EventID) }) // they sort by time
	return slices.CompactFunc(gone, func(a, b auditlog.Line) bool { return a.EventID == b.EventID }), nil
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
