package directory_test

import (
	"slices"
	"testing"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
)

// Commands that are given at one time stand in the trail in the order in which they were given.
func TestCommandsOfOneTimeKeepTheirOrder(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		w.fresh()
		var want []idp.EventType
		for range 10 {
			w.must(w.DisableUser(t.Context(), by(uma), "usr_"+tom, w.now))
			w.must(w.EnableUser(t.Context(), by(uma), "usr_"+tom, w.now))
			want = append(want, idp.EventUserEnabled, idp.EventUserDisabled) // newest first
		}
		events, _, err := w.Practices.ListEvents(t.Context(), staffer(riley), practiceX, directory.EventQuery{Type: "user."}, directory.Page{Limit: 20}, w.now)
		w.must(err)
		var got []idp.EventType
		for _, e := range events {
			got = append(got, e.Type)
		}
		if !slices.Equal(got, want) {
			t.Errorf("the order is %v", got)
		}
	})
}
