package sqlstore

import (
	"reflect"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// checkFixture24 looks at what version 24 added: the app that an API is part of, what an app may call for a person, and the factors of a
// session.
func checkFixture24(t *testing.T, s *Store) {
	t.Helper()
	api, err := s.FindClient(t.Context(), "ledger-api")
	equal(t, err, api.PartOf, "timesheets")
	app, err := s.FindClient(t.Context(), "painted")
	if want := []idp.Exchange{{API: "ledger-api", Scopes: []string{"ledger.read"}}}; err != nil || !reflect.DeepEqual(app.Exchanges, want) {
		t.Errorf("%+v, %v", app.Exchanges, err)
	}
	app, err = s.FindClient(t.Context(), "timesheets")
	equal(t, err, len(app.Exchanges), 0)
	texted, err := s.FindSession(t.Context(), "ses_texted")
	equal(t, err, texted.Factors, []idp.Factor{{Kind: idp.KindSMS, ID: "aut_texted", At: time.Date(2026, 2, 2, 3, 4, 4, 0, time.UTC)}})
}
