package server_test

import (
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/pkg/apsid"
)

// The provider must say what this package publishes.
func TestVocabularyIsTheProviders(t *testing.T) {
	for published, internal := range map[string]string{
		apsid.ACRPassword:   string(idp.ACRPassword),
		apsid.ACRMFA:        string(idp.ACRMFA),
		apsid.AMRPassword:   string(idp.AMRPassword),
		apsid.AMROTP:        string(idp.AMROTP),
		apsid.AMRSMS:        string(idp.AMRSMS),
		apsid.AMRMFA:        string(idp.AMRMFA),
		apsid.EndedIdle:     string(idp.EndIdle),
		apsid.EndedLifetime: string(idp.EndLifetime),
		apsid.EndedLogout:   string(idp.EndLogout),
		apsid.EndedRevoked:  string(idp.EndRevoked),
	} {
		if published != internal {
			t.Errorf("published %q, the provider says %q", published, internal)
		}
	}
	for _, idle := range []time.Duration{0, time.Minute, 100 * time.Second, 2 * time.Minute, 4 * time.Minute, 15 * time.Minute, 24 * time.Hour} {
		client := idp.Client{Registration: idp.Registration{SessionIdleTimeout: idle}}
		if published, internal := apsid.ReportEvery(idle), policy.ReportEvery(client); published != internal {
			t.Errorf("published: a report each %s with a limit of %s; the provider: each %s", published, idle, internal)
		}
	}
}
