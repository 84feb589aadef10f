package manage_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

const hurt = `<script>alert(1)</script>"'><img src=x onerror=alert(1)>`

// inert fails if the page holds what was typed as anything but text.
func (p page) inert(t *testing.T) page {
	t.Helper()
	for _, alive := range []string{"<script>alert", "<img src=x", `"'><`} {
		if strings.Contains(p.body, alive) {
			t.Errorf("%s: %s came back alive", p.url, alive)
		}
	}
	return p
}

// shows fails unless the page has these words.
func (p page) shows(t *testing.T, words ...string) page {
	t.Helper()
	for _, one := range words {
		if !strings.Contains(p.body, one) {
			t.Errorf("%s (%d) does not show %q\n%s", p.url, p.status, one, p.body)
		}
	}
	return p
}

func TestScriptIsShownAsText(t *testing.T) { // ABUSE 37
	w := open(t, nil)
	olivia, aroha := w.manager(t, "olivia"), w.manager(t, "aroha")
	tom := "/manage/users/" + olivia.user("tom")
	olivia.get("/manage?search="+url.QueryEscape(hurt)).on(t, "people").shows(t, "&lt;script&gt;").inert(t)
	olivia.get("/manage?filter=" + url.QueryEscape(hurt)).inert(t)
	olivia.get("/manage?done="+url.QueryEscape(hurt)).on(t, "people").inert(t)
	olivia.get("/manage/activity?user="+url.QueryEscape(hurt)).on(t, "activity").inert(t)
	olivia.post("/manage/invite", url.Values{"name": {hurt}, "username": {hurt}}).shows(t, "&lt;script&gt;").inert(t)
	olivia.post(tom+"/edit", url.Values{"version": {"0"}, "name": {hurt}, "username": {"tom@harbourfinch.example"}}).inert(t)
	olivia.post(tom+"/reset-mfa", url.Values{"reason": {hurt + "\nsecond line"}}).on(t, "person").inert(t)
	olivia.get("/manage/activity").on(t, "activity").inert(t)
	olivia.post("/manage/integrations/fusesign", url.Values{
		"version": {olivia.version("/manage/integrations/fusesign")}, "owner": {hurt}, "purpose": {hurt}, "review": {"2031-05-04"},
	}).inert(t)
	olivia.get("/manage/integrations").on(t, "integrations").inert(t)
	aroha.post("/manage/mfa/request", url.Values{"note": {hurt}}).inert(t)
	aroha.get("/manage/mfa").on(t, "mfa").inert(t)
}

func TestAnOldEditIsNotSaved(t *testing.T) {
	w := open(t, nil)
	olivia := w.manager(t, "olivia")
	edit := "/manage/users/" + olivia.user("tom") + "/edit"
	first := olivia.version(edit)
	olivia.post(edit, url.Values{"version": {first}, "name": {"Thomas Okafor"}, "username": {"tom@harbourfinch.example"}}).on(t, "person").shows(t, "Thomas Okafor")
	late := olivia.post(edit, url.Values{"version": {first}, "name": {"Tommy Okafor"}, "username": {"tom@harbourfinch.example"}})
	if late.status != http.StatusConflict || late.step != "edit" {
		t.Fatalf("an old edit: %d at %s", late.status, late.step)
	}
	late.shows(t, `value="Tommy Okafor"`, "Thomas Okafor, tom@harbourfinch.example", "Somebody else")
	olivia.get("/manage?search=thomas").on(t, "people").shows(t, "Thomas Okafor")

	taken := olivia.post(edit, url.Values{"version": {olivia.version(edit)}, "name": {"Tom"}, "username": {"mia@harbourfinch.example"}})
	if taken.status != http.StatusConflict {
		t.Errorf("a user name that is taken: %d", taken.status)
	}
	taken.shows(t, `value="mia@harbourfinch.example"`, `aria-invalid="true"`)
}

// Proofs that became too old while the form was filled in are asked for again, and nothing typed is lost.
func TestActionsNeedFreshProofs(t *testing.T) {
	w := open(t, nil)
	olivia := w.manager(t, "olivia")
	tom := "/manage/users/" + olivia.user("tom")
	olivia.get(tom+"/reset-mfa").on(t, "reset-mfa")
	w.advance(14 * time.Minute)
	olivia.get("/manage").on(t, "people") // still active
	w.advance(2 * time.Minute)
	for pattern, kept := range map[string]string{
		"/manage/users/{user}/reset-mfa": "Lost the phone", "/manage/users/{user}/disable": "", "/manage/users/{user}/edit": "Changed",
		"/manage/users/{user}/access": "", "/manage/invite": "Ana Hall",
	} {
		p := olivia.post(strings.Replace(pattern, "/manage/users/{user}", tom, 1), form(t, pattern))
		if p.status != http.StatusForbidden {
			t.Errorf("%s with old proofs: %d", pattern, p.status)
		}
		p.shows(t, kept, "/manage/prove")
	}
	for _, path := range []string{tom + "/reset-mfa", tom + "/edit", "/manage/invite", "/manage/prove"} {
		if p := olivia.get(path); p.step != "password" {
			t.Errorf("%s does not ask for the proofs: %s", path, p.step)
		}
	}
	olivia.get(tom).on(t, "person").shows(t, "Authenticator app", "Tom Okafor")
}

func TestResetSignsOutAndIsOnRecord(t *testing.T) {
	w := open(t, nil)
	olivia := w.manager(t, "olivia")
	id := olivia.user("sara")
	p := olivia.post("/manage/users/"+id+"/reset-mfa?search=sara&filter=", url.Values{"reason": {"Lost the phone"}}).on(t, "person")
	p.shows(t, "MFA was reset.", "MFA is not set up.", `value="sara"`)
	olivia.get("/manage/activity?type=mfa.").on(t, "activity").shows(t, "MFA was reset", "Olivia Finch", "Sara Lindqvist")
	if p := olivia.post("/manage/users/"+id+"/reset-mfa", url.Values{"reason": {" \n "}}); p.status != http.StatusUnprocessableEntity {
		t.Errorf("without a reason: %d", p.status)
	}
}

func TestDisableEnableAndSignOut(t *testing.T) {
	w := open(t, nil)
	olivia := w.manager(t, "olivia")
	tom := olivia.user("tom")
	path := "/manage/users/" + tom
	access := path + "/access"
	olivia.post(access, url.Values{"version": {olivia.version(access)}, "roles": {"user_management"}, "apps": {"contacts"}}).on(t, "person").shows(t, "May not use", "Lodgements, Cloud Timesheets")
	his := w.manager(t, "tom")
	his.get("/manage").on(t, "people")
	olivia.post(path+"/sessions/"+olivia.session(tom)+"/end", nil).on(t, "person").shows(t, "That session is signed out.", "Nowhere.")
	if p := his.get("/manage"); p.step != "password" {
		t.Errorf("still signed in: %s", p.step)
	}
	olivia.post(path+"/disable", nil).on(t, "person").shows(t, "Disabled</span>", "/enable")
	olivia.get("/manage?filter=disabled").on(t, "people").shows(t, "Tom Okafor")
	olivia.post(path+"/enable", nil).on(t, "person").shows(t, "The person can sign in again.", "/disable")
	olivia.get("/manage?filter=locked").on(t, "people").shows(t, "Nobody is in this filter.")
}

func TestInvitation(t *testing.T) {
	w := open(t, nil)
	olivia := w.manager(t, "olivia")
	p := olivia.post("/manage/invite", form(t, "/manage/invite")).on(t, "person").shows(t, "Ana Hall", "The invitation is on its way.", "Invited:")
	path := strings.SplitN(p.url, "?", 2)[0]
	olivia.post(path+"/resend-invitation", nil).on(t, "person").shows(t, "The invitation is on its way.")
	olivia.get("/manage?filter=invited").on(t, "people").shows(t, "Ana Hall", "Invited</span>")
	olivia.post(path+"/revoke-invitation", nil).on(t, "person").shows(t, "The invitation does not work any more.", "Disabled</span>")
	again := form(t, "/manage/invite")
	again.Set("apps", "payroll-of-others")
	if p := olivia.post("/manage/invite", again); p.status != http.StatusBadRequest {
		t.Errorf("an app that the practice does not have: %d", p.status)
	}
	missing := olivia.post("/manage/invite", url.Values{"name": {""}, "username": {"x@harbourfinch.example"}})
	if missing.status != http.StatusUnprocessableEntity {
		t.Errorf("without a name: %d", missing.status)
	}
	missing.shows(t, "Error: ", `value="x@harbourfinch.example"`, `aria-invalid="true"`)
}

func TestPracticeAsksForMFA(t *testing.T) {
	w := open(t, nil)
	aroha := w.manager(t, "aroha")
	aroha.get("/manage/mfa").on(t, "mfa").shows(t, "Off</span>", "Before MFA can be turned on", "Ask APS to turn MFA on", "0 of 1")
	aroha.post("/manage/mfa/request", url.Values{"note": {"After the 15th\r\nplease"}}).on(t, "mfa").shows(t, "Waiting for APS", "After the 15th\nplease", "Aroha Ngata")
	if p := aroha.post("/manage/mfa/request", url.Values{"note": {""}}); p.status != http.StatusConflict {
		t.Errorf("asked twice: %d", p.status)
	}
	aroha.post("/manage/mfa/withdraw", nil).on(t, "mfa").shows(t, "The request is withdrawn.", "Off</span>")
}

func TestRegisterOfIntegrations(t *testing.T) {
	w := open(t, nil)
	olivia := w.manager(t, "olivia")
	list := olivia.get("/manage/integrations").on(t, "integrations").shows(t, "FuseSign", "BGL", "ATOmate")
	if strings.Contains(list.body, "Connectworks") || strings.Contains(list.body, "Cloud Timesheets") {
		t.Error("the register shows what is not the practice’s integration")
	}
	path := "/manage/integrations/fusesign"
	version := olivia.version(path)
	values := url.Values{"version": {version}, "owner": {"Olivia Finch"}, "purpose": {"Signs documents.\r\nNo person is there."}, "review": {"2031-05-04"}}
	olivia.post(path, values).on(t, "integration").shows(t, "Saved.", `value="Olivia Finch"`, `value="2031-05-04"`, "Signs documents.\nNo person is there.")
	if late := olivia.post(path, values); late.status != http.StatusConflict {
		t.Errorf("an old edit: %d", late.status)
	}
	values.Set("version", olivia.version(path))
	values.Set("review", "never")
	if wrong := olivia.post(path, values); wrong.status != http.StatusUnprocessableEntity {
		t.Errorf("no day: %d", wrong.status)
	}
	olivia.get("/manage/integrations?search=fuse").on(t, "integrations").shows(t, "4 May 2031")
}

func TestActivityIsFilteredAndHandedOut(t *testing.T) {
	w := open(t, nil)
	olivia := w.manager(t, "olivia")
	tom := olivia.user("tom")
	olivia.get("/manage/activity?user="+tom).on(t, "activity").shows(t, "Only about Tom Okafor", "The person was added")
	olivia.get("/manage/activity?type=case.").on(t, "activity").shows(t, "Nothing like this has happened.")
	olivia.get("/manage/activity?from=2001-01-01&until=2001-01-02").on(t, "activity").shows(t, "Nothing like this has happened.")
	for _, query := range []string{"from=tomorrow", "from=2031-01-02&until=2031-01-01"} {
		if p := olivia.get("/manage/activity?" + query); p.status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", query, p.status)
		}
	}
	for _, query := range []string{"type=none", "result=none", "user=%00"} {
		if p := olivia.get("/manage/activity?" + query); p.status != http.StatusBadRequest {
			t.Errorf("%s: %d", query, p.status)
		}
	}

	lines := strings.Split(strings.TrimSpace(olivia.trail()), "\n")
	practices := map[string]bool{}
	for _, line := range lines {
		var event struct {
			Practice string `json:"practice_id"`
		}
		if err := json.Unmarshal([]byte(line), &event); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		practices[event.Practice] = true
	}
	if len(practices) != 1 {
		t.Errorf("the practice was handed events of %v", practices)
	}
	sheet := olivia.get("/manage/activity.csv?type=events.")
	if sheet.status != http.StatusOK || !strings.HasPrefix(sheet.header.Get("Content-Type"), "text/csv") ||
		!strings.Contains(sheet.header.Get("Content-Disposition"), "attachment") || !strings.Contains(sheet.body, "olivia@harbourfinch.example") {
		t.Errorf("the sheet: %d %v\n%s", sheet.status, sheet.header, sheet.body)
	}
	if rows := strings.Count(sheet.body, "events.exported"); rows != 2 {
		t.Errorf("%d exports are on record, not 2\n%s", rows, sheet.body)
	}
}

func TestTheListIsKept(t *testing.T) {
	w := open(t, nil)
	olivia := w.manager(t, "olivia")
	p := olivia.get("/manage?search=o&filter=not_enrolled").on(t, "people")
	p.shows(t, "Nobody in this filter matches your search.")
	id := olivia.user("tom")
	p = olivia.get("/manage/users/"+id+"?search=t&filter=never_signed_in").on(t, "person")
	p.shows(t, `href="/manage?filter=never_signed_in&amp;search=t"`, "/reset-mfa?filter=never_signed_in&amp;search=t", `aria-current="true"`)
	for _, query := range []string{"filter=none", "search=" + strings.Repeat("x", 101), "search=%00", "after=%ff"} {
		if p := olivia.get("/manage?" + query); p.status != http.StatusBadRequest {
			t.Errorf("%.30s: %d", query, p.status)
		}
	}
	if p := olivia.get("/manage?after=nowhere"); p.status >= http.StatusInternalServerError {
		t.Errorf("a cursor of nobody: %d", p.status)
	}
}
