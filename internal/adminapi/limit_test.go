package adminapi_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// ABUSE 57: an administrator's program invites 120 people within seconds. The answer is a problem with the time to wait (RFC 9110,
// section 10.2.3), and another caller is not kept from inviting.
func TestInvitationsAreBounded(t *testing.T) {
	for name, choose := range stores() {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, choose)
			olivia, path := w.signIn("olivia").access, "/practices/"+string(harbour)+"/users"
			invite := func(n int, key string) answer {
				return w.ask("POST", path, olivia, fmt.Sprintf(`{"username":"noor%d@harbour.example","name":"Noor"}`, n), "Idempotency-Key", key)
			}
			most := policy.DefaultLimits()[idp.LimitInvitationsByActor].Most
			for n := range most {
				if got := invite(n, "k"+strconv.Itoa(n)); got.status != http.StatusCreated {
					t.Fatalf("invitation %d: %d %s", n, got.status, got.body)
				}
			}
			full := invite(most, "late")
			wait, err := strconv.Atoi(full.header.Get("Retry-After"))
			if full.status != http.StatusTooManyRequests || full.kind(t) != "busy" || err != nil || wait < 60 || !strings.Contains(full.body, "You can go on at ") {
				t.Fatalf("%d, Retry-After %q: %s", full.status, full.header.Get("Retry-After"), full.body)
			}
			if colleague := w.ask("POST", path, w.machineToken("aps-admin"), invitation); colleague.status != http.StatusCreated {
				t.Errorf("another caller: %d %s", colleague.status, colleague.body)
			}
		})
	}
}
