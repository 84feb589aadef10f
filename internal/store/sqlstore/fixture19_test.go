package sqlstore

import (
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// checkFixture19 looks at what version 19 added: from when passkeys are needed, and the codes with which the first one is added.
func checkFixture19(t *testing.T, s *Store) {
	t.Helper()
	practice, err := s.FindPractice(t.Context(), "prc_kauri")
	equal(t, err, practice.PracticeDetails, idp.PracticeDetails{
		Name: "Kauri Lane", Region: idp.RegionNZ, TimeZone: "Pacific/Auckland",
		PhishingResistanceFrom:               time.Date(2027, 1, 31, 11, 0, 0, 0, time.UTC),
		PhishingResistanceAdministratorsFrom: time.Date(2026, 12, 31, 11, 0, 0, 0, time.UTC),
		PasskeyModels:                        []string{"08987058-cadc-4b81-b6e1-30de50dcbe96"},
	})
	app, err := s.FindClient(t.Context(), "painted")
	equal(t, err, app.PhishingResistanceFrom, time.Date(2026, 12, 31, 11, 0, 0, 0, time.UTC))
	code, err := s.FindLink(t.Context(), "enrol")
	equal(t, err, code.Purpose, idp.LinkEnrolment)
	help, err := s.FindCase(t.Context(), "cas_enrol")
	equal(t, err, help.Action, idp.CaseEnrolmentCode)
}
