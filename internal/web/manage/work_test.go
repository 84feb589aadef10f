package manage_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/testworld"
)

func TestScriptIsShownAsText(t *testing.T) { // ABUSE 37
	w := open(t)
	olivia, aroha := w.manager(t, "olivia"), w.manager(t, "aroha")
	tom := "/manage/users/" + olivia.user("tom")
	olivia.Get("/manage?search="+url.QueryEscape(testworld.Markup)).OK(t, "people").Shows(t, "&lt;script&gt;").Inert(t)
	olivia.Get("/manage?filter=" + url.QueryEscape(testworld.Markup)).Inert(t)
	olivia.Get("/manage?done="+url.QueryEscape(testworld.Markup)).OK(t, "people").Inert(t)
	olivia.Get("/manage/activity?user="+url.QueryEscape(testworld.Markup)).OK(t, "activity").Inert(t)
	olivia.Post("/manage/invite", url.Values{"name": {testworld.Markup}, "username": {testworld.Markup}}).Shows(t, "&lt;script&gt;").Inert(t)
	olivia.Post(tom+"/edit", url.Values{"version": {"0"}, "name": {testworld.Markup}, "username": {"tom@harbourfinch.example"}}).Inert(t)
	olivia.Post(tom+"/reset-mfa", url.Values{"reason": {testworld.Markup + "\nsecond line"}}).OK(t, "person").Inert(t)
	olivia.Get("/manage/activity").OK(t, "activity").Inert(t)
	olivia.Post("/manage/integrations/fusesign", url.Values{
		"version": {olivia.version("/manage/integrations/fusesign")}, "owner": {testworld.Markup}, "purpose": {testworld.Markup}, "review": {"2031-05-04"},
	}).Inert(t)
	olivia.Get("/manage/integrations").OK(t, "integrations").Inert(t)
	aroha.Post("/manage/mfa/request", url.Values{"note": {testworld.Markup}}).Inert(t)
	aroha.Get("/manage/mfa").OK(t, "mfa").Inert(t)
}

func TestAnOldEditIsNotSaved(t *testing.T) {
	w := open(t)
	olivia := w.manager(t, "olivia")
	edit := "/manage/users/" + olivia.user("tom") + "/edit"
	first := olivia.version(edit)
	olivia.Post(edit, url.Values{"version": {first}, "name": {"Thomas Okafor"}, "username": {"tom@harbourfinch.example"}}).OK(t, "person").Shows(t, "Thomas Okafor")
	late := olivia.Post(edit, url.Values{"version": {first}, "name": {"Tommy Okafor"}, "username": {"tom@harbourfinch.example"}})
	if late.Status != http.StatusConflict || late.Step != "edit" {
		t.Fatalf("an old edit: %d at %s", late.Status, late.Step)
	}
	late.Shows(t, `value="Tommy Okafor"`, "Thomas Okafor, tom@harbourfinch.example", "Somebody else")
	olivia.Get("/manage?search=thomas").OK(t, "people").Shows(t, "Thomas Okafor")

	taken := olivia.Post(edit, url.Values{"version": {olivia.version(edit)}, "name": {"Tom"}, "username": {"mia@harbourfinch.example"}})
	if taken.Status != http.StatusConflict {
		t.Errorf("a user name that is taken: %d", taken.Status)
	}
	taken.Shows(t, `value="mia@harbourfinch.example"`, `aria-invalid="true"`)
}

// Proofs that became too old while the form was filled in are asked for again, and nothing typed is lost.
func TestActionsNeedFreshProofs(t *testing.T) {
	w := open(t)
	olivia := w.manager(t, "olivia")
	tom := "/manage/users/" + olivia.user("tom")
	olivia.Get(tom+"/reset-mfa").OK(t, "reset-mfa")
	w.Clock.Advance(14 * time.Minute)
	olivia.Get("/manage").OK(t, "people") // still active
	w.Clock.Advance(2 * time.Minute)
	for pattern, kept := range map[string]string{
		"/manage/users/{user}/reset-mfa": "Lost the phone", "/manage/users/{user}/disable": "", "/manage/users/{user}/edit": "Changed",
		"/manage/users/{user}/access": "", "/manage/invite": "Ana Hall",
	} {
		p := olivia.Post(strings.Replace(pattern, "/manage/users/{user}", tom, 1), form(t, pattern))
		if p.Status != http.StatusForbidden {
			t.Errorf("%s with old proofs: %d", pattern, p.Status)
		}
		p.Shows(t, kept, "/manage/prove")
	}
	for _, path := range []string{tom + "/reset-mfa", tom + "/edit", "/manage/invite", "/manage/prove"} {
		if p := olivia.Get(path); p.Step != "password" {
			t.Errorf("%s does not ask for the proofs: %s", path, p.Step)
		}
	}
	olivia.Get(tom).OK(t, "person").Shows(t, "Authenticator app", "Tom Okafor")
}

func TestResetSignsOutAndIsOnRecord(t *testing.T) {
	w := open(t)
	olivia := w.manager(t, "olivia")
	id := olivia.user("sara")
	p := olivia.Post("/manage/users/"+id+"/reset-mfa?search=sara&filter=", url.Values{"reason": {"Lost the phone"}}).OK(t, "person")
	p.Shows(t, "MFA was reset.", "MFA is not set up.", `value="sara"`)
	olivia.Get("/manage/activity?type=mfa.").OK(t, "activity").Shows(t, "MFA was reset", "Olivia Finch", "Sara Lindqvist")
	if p := olivia.Post("/manage/users/"+id+"/reset-mfa", url.Values{"reason": {" \n "}}); p.Status != http.StatusUnprocessableEntity {
		t.Errorf("without a reason: %d", p.Status)
	}
}

func TestDisableEnableAndSignOut(t *testing.T) {
	w := open(t)
	olivia := w.manager(t, "olivia")
	tom := olivia.user("tom")
	path := "/manage/users/" + tom
	access := path + "/access"
	olivia.Post(access, url.Values{"version": {olivia.version(access)}, "roles": {"user_management"}, "apps": {"contacts"}}).OK(t, "person").Shows(t, "May not use", "Lodgements, Cloud Timesheets")
	his := w.manager(t, "tom")
	his.Get("/manage").OK(t, "people")
	olivia.Post(path+"/sessions/"+olivia.session(tom)+"/end", nil).OK(t, "person").Shows(t, "That session is signed out.", "Nowhere.")
	if p := his.Get("/manage"); p.Step != "password" {
		t.Errorf("still signed in: %s", p.Step)
	}
	olivia.Post(path+"/disable", nil).OK(t, "person").Shows(t, "Disabled</span>", "/enable")
	olivia.Get("/manage?filter=disabled").OK(t, "people").Shows(t, "Tom Okafor")
	olivia.Post(path+"/enable", nil).OK(t, "person").Shows(t, "The person can sign in again.", "/disable")
	olivia.Get("/manage?filter=locked").OK(t, "people").Shows(t, "Nobody is in this filter.")
}

// ABUSE 57: the page says until when no more can be invited, and keeps what was typed.
func TestInvitationsAreBounded(t *testing.T) {
	w := open(t)
	olivia := w.manager(t, "olivia")
	person := form(t, "/manage/invite")
	for n := range policy.DefaultLimits()[idp.LimitInvitationsByActor].Most {
		person.Set("username", strconv.Itoa(n)+"@harbourfinch.example")
		olivia.Post("/manage/invite", person).OK(t, "person")
	}
	person.Set("username", "late@harbourfinch.example")
	p := olivia.Post("/manage/invite", person)
	if p.Status != http.StatusTooManyRequests {
		t.Errorf("status %d", p.Status)
	}
	p.Shows(t, "Error: ", "You have invited as many people as can be invited at a time.", "You can go on at ", `value="late@harbourfinch.example"`)
}

func TestInvitation(t *testing.T) {
	w := open(t)
	olivia := w.manager(t, "olivia")
	p := olivia.Post("/manage/invite", form(t, "/manage/invite")).OK(t, "person").Shows(t, "Ana Hall", "The invitation is on its way.", "Invited:")
	path := strings.SplitN(p.At, "?", 2)[0]
	olivia.Post(path+"/resend-invite", nil).OK(t, "person").Shows(t, "The invitation is on its way.")
	olivia.Get("/manage?filter=invited").OK(t, "people").Shows(t, "Ana Hall", "Invited</span>")
	olivia.Post(path+"/revoke-invite", nil).OK(t, "person").Shows(t, "The invitation does not work any more.", "Disabled</span>")
	again := form(t, "/manage/invite")
	again.Set("apps", "payroll-of-others")
	if p := olivia.Post("/manage/invite", again); p.Status != http.StatusBadRequest {
		t.Errorf("an app that the practice does not have: %d", p.Status)
	}
	missing := olivia.Post("/manage/invite", url.Values{"name": {""}, "username": {"x@harbourfinch.example"}})
	if missing.Status != http.StatusUnprocessableEntity {
		t.Errorf("without a name: %d", missing.Status)
	}
	missing.Shows(t, "Error: ", `value="x@harbourfinch.example"`, `aria-invalid="true"`)
}

func TestPracticeAsksForMFA(t *testing.T) {
	w := open(t)
	aroha := w.manager(t, "aroha")
	aroha.Get("/manage/mfa").OK(t, "mfa").Shows(t, "Off</span>", "Before MFA can be turned on", "Ask APS to turn MFA on", "1 of 3 people")
	aroha.Post("/manage/mfa/request", url.Values{"note": {"After the 15th\r\nplease"}}).OK(t, "mfa").Shows(t, "Waiting for APS", "After the 15th\nplease", "Aroha Ngata")
	if p := aroha.Post("/manage/mfa/request", url.Values{"note": {""}}); p.Status != http.StatusConflict {
		t.Errorf("asked twice: %d", p.Status)
	}
	aroha.Post("/manage/mfa/withdraw", nil).OK(t, "mfa").Shows(t, "The request is withdrawn.", "Off</span>")
}

func TestRegisterOfIntegrations(t *testing.T) {
	w := open(t)
	olivia := w.manager(t, "olivia")
	list := olivia.Get("/manage/integrations").OK(t, "integrations").Shows(t, "FuseSign", "BGL", "ATOmate")
	if strings.Contains(list.Body, "Connectworks") || strings.Contains(list.Body, "Cloud Timesheets") {
		t.Error("the register shows what is not the practice’s integration")
	}
	path := "/manage/integrations/fusesign"
	version := olivia.version(path)
	values := url.Values{"version": {version}, "owner": {"Olivia Finch"}, "purpose": {"Signs documents.\r\nNo person is there."}, "review": {"2031-05-04"}}
	olivia.Post(path, values).OK(t, "integration").Shows(t, "Saved.", `value="Olivia Finch"`, `value="2031-05-04"`, "Signs documents.\nNo person is there.")
	if late := olivia.Post(path, values); late.Status != http.StatusConflict {
		t.Errorf("an old edit: %d", late.Status)
	}
	values.Set("version", olivia.version(path))
	values.Set("review", "never")
	if wrong := olivia.Post(path, values); wrong.Status != http.StatusUnprocessableEntity {
		t.Errorf("no day: %d", wrong.Status)
	}
	olivia.Get("/manage/integrations?search=fuse").OK(t, "integrations").Shows(t, "4 May 2031")
}

func TestActivityIsFilteredAndHandedOut(t *testing.T) {
	w := open(t)
	olivia := w.manager(t, "olivia")
	tom := olivia.user("tom")
	olivia.Get("/manage/activity?user="+tom).OK(t, "activity").Shows(t, "Only about <bdi>Tom Okafor</bdi>", "The person was added")
	olivia.Get("/manage/activity?type=case.").OK(t, "activity").Shows(t, "Nothing like this has happened.")
	olivia.Get("/manage/activity?from=2001-01-01&until=2001-01-02").OK(t, "activity").Shows(t, "Nothing like this has happened.")
	for _, query := range []string{"from=tomorrow", "from=2031-01-02&until=2031-01-01"} {
		if p := olivia.Get("/manage/activity?" + query); p.Status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", query, p.Status)
		}
	}
	for _, query := range []string{"type=none", "result=none", "user=%00"} {
		if p := olivia.Get("/manage/activity?" + query); p.Status != http.StatusBadRequest {
			t.Errorf("%s: %d", query, p.Status)
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
	sheet := olivia.Get("/manage/activity.csv?type=events.")
	if sheet.Status != http.StatusOK || !strings.HasPrefix(sheet.Header.Get("Content-Type"), "text/csv") ||
		!strings.Contains(sheet.Header.Get("Content-Disposition"), "attachment") || !strings.Contains(sheet.Body, "olivia@harbourfinch.example") {
		t.Errorf("the sheet: %d %v\n%s", sheet.Status, sheet.Header, sheet.Body)
	}
	if !strings.HasPrefix(sheet.Body, "\ufefftime (Australia/Sydney),event_id,") {
		t.Errorf("the sheet does not say whose clock it has\n%s", sheet.Body)
	}
	if rows := strings.Count(sheet.Body, "events.exported"); rows != 2 {
		t.Errorf("%d exports are on record, not 2\n%s", rows, sheet.Body)
	}
}

func TestTheListIsKept(t *testing.T) {
	w := open(t)
	olivia := w.manager(t, "olivia")
	p := olivia.Get("/manage?search=olivia&filter=not_enrolled").OK(t, "people")
	p.Shows(t, "Nobody in this filter matches your search.")
	id := olivia.user("tom")
	p = olivia.Get("/manage/users/"+id+"?search=t&filter=never_signed_in").OK(t, "person")
	p.Shows(t, `href="/manage?filter=never_signed_in&amp;search=t"`, "/reset-mfa?filter=never_signed_in&amp;search=t", `aria-current="true"`)
	for _, query := range []string{"filter=none", "search=" + strings.Repeat("x", 101), "search=%00", "after=%ff"} {
		if p := olivia.Get("/manage?" + query); p.Status != http.StatusBadRequest {
			t.Errorf("%.30s: %d", query, p.Status)
		}
	}
	if p := olivia.Get("/manage?after=nowhere"); p.Status >= http.StatusInternalServerError {
		t.Errorf("a cursor of nobody: %d", p.Status)
	}
}
