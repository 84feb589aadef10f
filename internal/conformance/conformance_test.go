package conformance_test

import (
	"testing"

	"github.com/apscloud/apsid/internal/conformance"
)

func TestTheProviderPassesEachModule(t *testing.T) {
	p := startProvider(t)
	for _, m := range conformance.Modules() {
		t.Run(string(m.Plan)+"/"+m.Name, func(t *testing.T) {
			if m.Plan != conformance.BackchannelLogout {
				t.Parallel()
			}
			got := m.Run(t.Context(), p.config(m, p.reach("")))
			t.Log(got)
			if got.Verdict == conformance.Failed {
				t.Errorf("%s", got)
			}
		})
	}
}
