package support_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/apscloud/apsid/internal/idp"
)

// The desk offers to let a disabled person back in, says what that does before it is done, and afterwards that a link is on its
// way.
func TestEnableByCase(t *testing.T) {
	h := open(t)
	ewan := h.Account("ewan").User
	h.update("ewan", func(u *idp.User) { u.State = idp.UserDisabled })
	managers, err := h.Records().ListManagers(t.Context(), ewan.PracticeID, idp.RoleUserManagement)
	h.must(err)
	for _, manager := range managers {
		name, _, _ := strings.Cut(manager.Username, "@")
		h.update(name, func(u *idp.User) { u.State = idp.UserDisabled })
	}
	riley, noor := h.in("riley", "/support"), h.in("noor", "/support")
	form := riley.Ask(http.MethodGet, "/support/users/"+string(ewan.ID)+"/case", nil)
	if !strings.Contains(form.Body, `<option value="enable_user" selected`) {
		t.Fatalf("not what the form offers first: %d\n%s", form.Status, form.Body)
	}
	opened := riley.Ask(http.MethodPost, form.At, url.Values{"action": {"enable_user"}, "reason": {"Pressed “this wasn’t me”."}})
	path, _, _ := strings.Cut(opened.To, "?")
	h.colleague("ewan")
	for _, check := range []url.Values{{"check": {"call_back"}}, {"check": {"colleague"}, "voucher": {"cass@thistlerowe.example"}}} {
		check.Set("result", "passed")
		check.Set("how", "Asked.")
		riley.Ask(http.MethodPost, path+"/check", check)
	}
	riley.Ask(http.MethodPost, path+"/submit", url.Values{})
	noor.Ask(http.MethodPost, path+"/decide", url.Values{"action": {"approve"}, "why": {""}})
	if p := riley.Ask(http.MethodGet, path, nil); !strings.Contains(p.Body, "Enable now") || !strings.Contains(p.Body, "a link to choose a new one, to "+ewan.Username) {
		t.Fatalf("does not say what it does: %d\n%s", p.Status, p.Body)
	}
	if p := riley.Follow(http.MethodPost, path+"/perform", url.Values{}); !strings.Contains(p.Body, "A link to choose a new password went to") {
		t.Errorf("does not say what it did: %d\n%s", p.Status, p.Body)
	}
	if state := h.Account("ewan").User.State; state != idp.UserActive {
		t.Errorf("ewan is %s", state)
	}
}
