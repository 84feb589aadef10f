package adminapi_test

import (
	"encoding/json"
	"net/http"
	"testing"
)

// Whom an act would sign out is told to those who may see the practice, and at an app to APS alone (ABUSE 32).
func TestSessionCounts(t *testing.T) {
	for name, choose := range stores() {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, choose)
			aroha, admin := w.signIn("aroha").access, w.machineToken("aps-admin")
			for path, tokens := range map[string]map[string]int{
				"/practices/" + string(kauri) + "/session-count":                    {admin: http.StatusOK, aroha: http.StatusOK},
				"/practices/" + string(kauri) + "/session-count?without_mfa=true":   {admin: http.StatusOK},
				"/practices/" + string(kauri) + "/session-count?app=none":           {admin: http.StatusNotFound},
				"/practices/" + string(harbour) + "/session-count":                  {admin: http.StatusOK, aroha: http.StatusNotFound},
				"/practices/" + string(harbour) + "/session-count?without_mfa=much": {admin: http.StatusUnprocessableEntity},
				"/clients/none/session-count":                                       {admin: http.StatusNotFound, aroha: http.StatusForbidden},
			} {
				for token, want := range tokens {
					got := w.ask("GET", path, token, "")
					if got.status != want {
						t.Errorf("%s: %d, want %d: %s", path, got.status, want, got.body)
					}
				}
			}
			var count struct{ People, Sessions int64 }
			must(t, json.Unmarshal([]byte(w.ask("GET", "/practices/"+string(kauri)+"/session-count", admin, "").body), &count))
			if count.People != 1 || count.Sessions != 1 {
				t.Errorf("%+v, want Aroha's session", count)
			}
		})
	}
}
