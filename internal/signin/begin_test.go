package signin_test

import (
	"errors"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/signin"
)

// ABUSE 52: any caller can begin sign-ins, and any page of one that is not the browser's own begins another. A network begins so many
// in an hour, by all of these ways; then it is told until when, the trail names the limit, and other networks sign in.
func TestANetworkBeginsSoManySignIns(t *testing.T) {
	h := newHouse(t)
	h.bounds[idp.LimitSigninsByNetwork] = idp.Rate{Most: 4, Window: time.Hour}
	h.Service = h.node()
	begin := func(address string) (signin.Begun, error) {
		return h.Begin(t.Context(), signin.Request{ClientID: "timesheets", RedirectURI: "https://timesheets.example/cb"}, address, h.now)
	}
	first, err := begin("2001:db8:1:2::1")
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Admit(t.Context(), "timesheets", "2001:db8:1:2::2", h.now); err != nil { // the same network
		t.Fatal(err)
	}
	var again *signin.Restarted
	for range 2 {
		_, err := h.View(t.Context(), signin.Browser{Transaction: first.Transaction, Address: "2001:db8:1:2::3"}, h.now)
		if !errors.As(err, &again) {
			t.Fatalf("a page without its cookie: %v", err)
		}
	}
	var busy *idp.Error
	for name, try := range map[string]func() error{
		"a new one":        func() error { _, err := begin("2001:db8:1:2::4"); return err },
		"one that is kept": func() error { return h.Admit(t.Context(), "timesheets", "2001:db8:1:2::6", h.now) },
		"a page without a cookie": func() error {
			_, err := h.View(t.Context(), signin.Browser{Transaction: first.Transaction, Address: "2001:db8:1:2::5"}, h.now)
			return err
		},
	} {
		if err := try(); !errors.As(err, &busy) || busy.Code != idp.CodeBusy || busy.RetryAfter < 55*time.Minute || busy.RetryAfter > 66*time.Minute {
			t.Errorf("%s beyond the limit: %v", name, err)
		}
	}
	named := 0
	for _, e := range h.events("") {
		if e.Reason == idp.ReasonTooMany && e.Details["limit"] == string(idp.LimitSigninsByNetwork) && e.ClientID == "timesheets" {
			named++
		}
	}
	if named != 3 {
		t.Errorf("%d events name the limit", named)
	}
	if _, err := begin("2001:db8:1:3::1"); err != nil {
		t.Errorf("another network: %v", err)
	}
	h.now = h.now.Add(busy.RetryAfter)
	if _, err := begin("2001:db8:1:2::1"); err != nil {
		t.Errorf("at the time that was named: %v", err)
	}
}
