package server_test

import (
	"testing"

	"github.com/apscloud/apsid/internal/idp"
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
}
