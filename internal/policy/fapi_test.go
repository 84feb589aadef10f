package policy_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// FAPI 2.0 may hold from a day on, whatever the client is registered for.
func TestFAPI2HoldsFromItsDay(t *testing.T) {
	day := time.Date(2027, time.March, 31, 0, 0, 0, 0, time.UTC)
	loose := idp.Client{Registration: idp.Registration{
		Kind: idp.ClientWeb, AuthMethod: idp.AuthKey, IDTokenAlg: "RS256", PKCEOptional: true, TokenEndpointAudience: true, FAPI2From: day,
	}}
	before := policy.InForce(loose, day.Add(-time.Nanosecond))
	if !reflect.DeepEqual(before, loose) || policy.FAPI2(before.Registration) || policy.MustPush(before.Registration) {
		t.Errorf("the day before: %+v", before)
	}
	strict := policy.InForce(loose, day)
	r := strict.Registration
	if !policy.FAPI2(r) || !policy.MustPush(r) || r.IDTokenAlg != "ES256" || r.PKCEOptional || r.TokenEndpointAudience || policy.BindingOf(r) != policy.BindByPKCE {
		t.Errorf("on the day: %+v", r)
	}
	if lacks := policy.FAPI2Lacks(r); len(lacks) != 0 {
		t.Errorf("what holds lacks nothing of itself: %v", lacks)
	}
	if lacks := strings.Join(policy.FAPI2Lacks(loose.Registration), "; "); !strings.Contains(lacks, "id_token_alg") || !strings.Contains(lacks, "pkce_optional") ||
		!strings.Contains(lacks, "token_endpoint_audience") {
		t.Errorf("it lacks %s", lacks)
	}
	loose.FAPI2From = time.Time{}
	if got := policy.InForce(loose, day.AddDate(100, 0, 0)); policy.FAPI2(got.Registration) {
		t.Error("it holds without a day")
	}
}

// Whom the profile concerns: who keeps it, who has to, and who is connected to a government system.
func TestWhomFAPI2Concerns(t *testing.T) {
	for name, c := range map[string]struct {
		client idp.Registration
		want   bool
	}{
		"keeps it":             {idp.Registration{SecurityProfile: idp.SecurityFAPI2}, true},
		"has to from a day on": {idp.Registration{FAPI2From: time.Unix(1, 0)}, true},
		"government-connected": {idp.Registration{Profile: idp.ProfileGovernmentConnected}, true},
		"any other":            {idp.Registration{Profile: idp.ProfileDefault}, false},
	} {
		if got := policy.FAPI2Concerns(c.client); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	for kind, want := range map[idp.ClientKind]bool{
		idp.ClientWeb: true, idp.ClientMachine: true, idp.ClientNative: false, idp.ClientBrowser: false, idp.ClientAPI: false,
	} {
		if policy.MayKeepFAPI2(kind) != want {
			t.Errorf("%s: %v", kind, !want)
		}
	}
}
