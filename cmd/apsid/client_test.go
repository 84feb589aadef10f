package main

import (
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/pkg/adminclient"
)

func TestAClientThatNeverSignsInWithoutPKCEHasNoLineAboutIt(t *testing.T) {
	of := func(r adminclient.Registration) string {
		t.Helper()
		var out strings.Builder
		if err := show(management{}, &out, r, clientLines); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	const title = "last sign-in without PKCE"
	if got := of(adminclient.Registration{ID: "rota"}); strings.Contains(got, title) {
		t.Error(got)
	}
	when := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	if got := of(adminclient.Registration{ID: "rota", NoPKCEAt: when}); !strings.Contains(got, title+"  "+moment(when)+"\n") {
		t.Error(got)
	}
}
