package steps_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/apscloud/apsid/internal/passkey"
	"github.com/apscloud/apsid/internal/signin"
)

// document is a page as a browser reads it.
type document struct{ *html.Node }

func parse(t *testing.T, body string) document {
	t.Helper()
	root, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return document{root}
}

// all returns the elements with one of the tags, in order.
func (d document) all(tags ...string) []*html.Node {
	var found []*html.Node
	for n := range d.Descendants() {
		if n.Type == html.ElementNode && slices.Contains(tags, n.Data) {
			found = append(found, n)
		}
	}
	return found
}

func (d document) byID(id string) *html.Node {
	for n := range d.Descendants() {
		if n.Type == html.ElementNode && attr(n, "id") == id {
			return n
		}
	}
	return nil
}

// alert returns the element with role="alert"; nil if there is none.
func (d document) alert() *html.Node {
	for n := range d.Descendants() {
		if attr(n, "role") == "alert" {
			return n
		}
	}
	return nil
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, key string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == key })
}

func text(n *html.Node) string {
	var out strings.Builder
	for c := range n.Descendants() {
		if c.Type == html.TextNode {
			out.WriteString(c.Data)
		}
	}
	return strings.Join(strings.Fields(out.String()), " ")
}

// show renders the case through the whole edge.
func show(t *testing.T, c pageCase) *httptest.ResponseRecorder {
	t.Helper()
	h := edge(t, &script{view: c.view, outcome: signin.Outcome{State: c.view.State, Problem: c.problem, View: c.view}}, apps{})
	if c.problem == nil {
		return get(h, base+string(c.view.State))
	}
	return post(h, base+string(c.view.State), url.Values{})
}

const policyOfAPage = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; " +
	"form-action 'self' https://timesheets.example.com; frame-ancestors 'none'; base-uri 'none'"

func TestEveryPageIsWellMade(t *testing.T) {
	for _, c := range allCases() {
		t.Run(c.name, func(t *testing.T) {
			w := show(t, c)
			status := http.StatusOK
			if c.problem != nil {
				status = http.StatusUnprocessableEntity
			}
			if w.Code != status {
				t.Fatalf("status %d, want %d", w.Code, status)
			}
			d := parse(t, w.Body.String())
			checkFrame(t, d, c)
			checkInert(t, d)
			checkLabels(t, d)
			checkReferences(t, d)
			checkMainAction(t, d, c)
			checkProblem(t, d, c)
			checkHeaders(t, w.Header())
		})
	}
}

func checkFrame(t *testing.T, d document, c pageCase) {
	t.Helper()
	if n := len(d.all("h1")); n != 1 {
		t.Errorf("%d h1", n)
	}
	mains := d.all("main")
	if len(mains) != 1 || attr(mains[0], "data-step") != string(c.view.State) {
		t.Errorf("main is not one with data-step %q", c.view.State)
	}
	if attr(d.all("html")[0], "lang") == "" {
		t.Error("no language")
	}
	title := text(d.all("title")[0])
	if strings.HasPrefix(title, "Error: ") != (c.problem != nil) || !strings.HasSuffix(title, " – APS ID") {
		t.Errorf("title %q", title)
	}
	if !strings.Contains(text(mains[0]), "Cloud Timesheets") {
		t.Error("the app is not named")
	}
	if c.view.Practice != "" && !strings.Contains(text(mains[0]), c.view.Practice) {
		t.Error("the practice is not named")
	}
	if help := d.all("footer"); len(help) != 1 || !strings.Contains(text(help[0]), "1300 555 010") {
		t.Error("no help")
	}
}

// checkInert holds what the Content-Security-Policy would refuse, and what an injection would need.
func checkInert(t *testing.T, d document) {
	t.Helper()
	for n := range d.Descendants() {
		for _, a := range n.Attr {
			if a.Key == "style" || strings.HasPrefix(a.Key, "on") {
				t.Errorf("%s has %s", n.Data, a.Key)
			}
			if strings.Contains(a.Val, "ZgotmplZ") {
				t.Errorf("%s: the address in %s was refused", n.Data, a.Key)
			}
		}
		if n.Type == html.ElementNode && n.Data == "style" {
			t.Error("inline style")
		}
		if n.Type == html.ElementNode && n.Data == "script" && (!strings.HasPrefix(attr(n, "src"), "/static/") || n.FirstChild != nil) {
			t.Error("inline or foreign script")
		}
	}
}

func checkLabels(t *testing.T, d document) {
	t.Helper()
	labelled := map[string]bool{}
	for _, label := range d.all("label") {
		labelled[attr(label, "for")] = text(label) != ""
	}
	for _, input := range d.all("input", "select") {
		if !labelled[attr(input, "id")] && !has(input, "hidden") && attr(input, "type") != "hidden" { // for password managers, and for scripts
			t.Errorf("input %q has no label", attr(input, "name"))
		}
	}
}

func checkReferences(t *testing.T, d document) {
	t.Helper()
	seen := map[string]bool{}
	for n := range d.Descendants() {
		if id := attr(n, "id"); id != "" {
			if seen[id] {
				t.Errorf("two elements with id %q", id)
			}
			seen[id] = true
		}
	}
	for n := range d.Descendants() {
		for _, id := range strings.Fields(attr(n, "aria-describedby")) {
			if !seen[id] {
				t.Errorf("%q is described by %q, which is not there", attr(n, "id"), id)
			}
		}
		if href := attr(n, "href"); strings.HasPrefix(href, "#") && !seen[href[1:]] {
			t.Errorf("a link leads to %q, which is not there", href)
		}
	}
}

// checkMainAction: one form, and Enter presses its first submit button, which is the main one.
func checkMainAction(t *testing.T, d document, c pageCase) {
	t.Helper()
	forms := d.all("form")
	if c.view.State == signin.StateEnded {
		if len(forms) != 0 {
			t.Error("a notice has a form")
		}
		return
	}
	if len(forms) != 1 || attr(forms[0], "method") != "post" || has(forms[0], "action") {
		t.Fatal("not one form that posts to its own address")
	}
	var submits []*html.Node
	for _, button := range (document{forms[0]}).all("button") {
		if attr(button, "type") != "button" {
			submits = append(submits, button)
		}
	}
	if len(submits) == 0 || has(submits[0], "name") {
		t.Fatal("the first button is not the main action")
	}
	var got []string
	for _, button := range submits {
		got = append(got, strings.TrimSuffix(attr(button, "value")+": "+text(button), ": "))
	}
	want := buttonsOf(c.view)
	if c.view.Other { // before the last one
		want = slices.Insert(want, len(want)-1, "other: Use another way")
	}
	if c.view.Back && c.view.State != signin.StatePasskeySetup {
		want = slices.Insert(want, len(want)-1, "back: Back")
	}
	if !slices.Equal(got, want) {
		t.Errorf("buttons %q, want %q", got, want)
	}
}

func buttonsOf(view signin.View) []string {
	switch view.State {
	case signin.StateTOTPSetup, signin.StateSMSSetup, signin.StatePasskeySetup:
		return []string{": Continue", "back: Back"}
	case signin.StateSMSVerify:
		if view.SentAt.IsZero() {
			return []string{": Verify", "resend: Send the code", "back: Change number"}
		}
		return []string{": Verify", "resend: Resend the code", "back: Change number"}
	case signin.StateSMS:
		if view.SentAt.IsZero() {
			return []string{": Verify", "resend: Send the code", "lost-device: Can’t access your device?"}
		}
		return []string{": Verify", "resend: Resend the code", "lost-device: Can’t access your device?"}
	case signin.StateTOTP, signin.StatePasskey:
		return []string{": Continue", "lost-device: Can’t access your device?"}
	case signin.StateRecover:
		return []string{": Continue", "forgot-pin: I don’t know my PIN"}
	case signin.StateRevoke:
		return []string{": Revoke MFA", "cancel: Cancel, change nothing"}
	case signin.StateOfferPasskey:
		return []string{": Set up a passkey", "not-now: Not now", "never: Don’t ask again"}
	case signin.StateNewPassword:
		if view.Confirm {
			return []string{": Choose a new password", "not-now: Not now"}
		}
		return []string{": Save and continue", "not-now: Not now"}
	default:
		return []string{": Continue"}
	}
}

// checkProblem: the message stands once, in an alert: at the field if it is about one, and above the form if it is about more. The
// field is marked, and described by the message; the focus goes to the alert or the field.
func checkProblem(t *testing.T, d document, c pageCase) {
	t.Helper()
	alert := d.alert()
	focused := []*html.Node{}
	if (alert != nil) != (c.problem != nil) {
		t.Fatal("an alert without a problem, or a problem without")
	}
	marked := map[string]string{}
	for _, input := range d.all("input", "select") {
		if has(input, "aria-invalid") && has(input, "autofocus") {
			focused = append(focused, input)
		}
		if has(input, "aria-invalid") {
			var described []string
			for _, id := range strings.Fields(attr(input, "aria-describedby")) {
				described = append(described, text(d.byID(id)))
			}
			marked[attr(input, "name")] = strings.Join(described, " ")
		}
	}
	if c.problem == nil {
		if len(marked) != 0 {
			t.Errorf("marked without a problem: %v", marked)
		}
		return
	}
	message := text(alert)
	if message == "" || len(focused) == 0 && (!has(alert, "tabindex") || !has(alert, "autofocus")) {
		t.Error("the alert is empty, or neither it nor a field has the focus")
	}
	if said := strings.TrimPrefix(message, "Error: "); strings.Count(text(d.Node), said) != 1 {
		t.Errorf("%q is said more or less than once", said)
	}
	for _, field := range faulty(*c.problem) {
		if !strings.Contains(marked[field], message) {
			t.Errorf("field %q is not marked, or not described by %q: %v", field, message, marked)
		}
	}
	if len(marked) != len(faulty(*c.problem)) {
		t.Errorf("marked: %v", marked)
	}
}

func faulty(problem signin.Problem) []string {
	switch {
	case problem.Code == signin.ProblemCredentials:
		return []string{"username", "password"}
	case problem.Field == "", problem.Field == passkey.Field: // no one fills it in
		return nil
	default:
		return []string{problem.Field}
	}
}

// What is wrong with the password is said in the words of the forms that set one, and a person who has to give a code first is not shown
// a form that could not be sent.
func TestAWeakPasswordIsSaidInPlainWords(t *testing.T) {
	for _, why := range allWeak() {
		for _, confirm := range []bool{false, true} {
			view := viewOf(signin.StateNewPassword)
			view.Weak, view.Confirm = why, confirm
			d := parse(t, show(t, pageCase{view: view}).Body.String())
			if main := text(d.all("main")[0]); !strings.Contains(main, why.Text()) {
				t.Errorf("%s is not said: %s", why, main)
			}
			if field := d.byID("new_password"); (field != nil) == confirm {
				t.Errorf("%s, a code first %v: field %v", why, confirm, field)
			}
		}
	}
}

func checkHeaders(t *testing.T, h http.Header) { // ABUSE 37: framing, and script from anywhere
	t.Helper()
	for name, want := range map[string]string{
		"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": policyOfAPage, "X-Frame-Options": "DENY",
		"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "Cache-Control": "no-store",
		"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
		"Strict-Transport-Security": "max-age=63072000; includeSubDomains",
	} {
		if got := h.Values(name); len(got) != 1 || got[0] != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func TestFieldsSayTheirPurpose(t *testing.T) {
	for step, want := range map[signin.State][]string{
		signin.StatePassword:    {"username email username email", "password password current-password "},
		signin.StateTOTPSetup:   {"code text one-time-code numeric"},
		signin.StateSMSSetup:    {"country  country ", "phone tel tel tel"},
		signin.StateSMSVerify:   {"code text one-time-code numeric"},
		signin.StateTOTP:        {"code text one-time-code numeric"},
		signin.StateSMS:         {"code text one-time-code numeric"},
		signin.StateRecoveryPIN: {"pin text one-time-code numeric", "pin_confirm text one-time-code numeric"},
		signin.StateRecover:     {"pin text one-time-code numeric"},
		// the first is for password managers: whose password it is
		signin.StateNewPassword: {" email username ", "new_password password new-password "},
	} {
		d := parse(t, show(t, pageCase{view: viewOf(step)}).Body.String())
		var got []string
		for _, n := range d.all("input", "select") {
			got = append(got, fmt.Sprint(attr(n, "name"), " ", attr(n, "type"), " ", attr(n, "autocomplete"), " ", attr(n, "inputmode")))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", step, got, want)
		}
	}
}

func TestSetUpShowsKeyCodeAndLink(t *testing.T) {
	d := parse(t, show(t, pageCase{view: viewOf(signin.StateTOTPSetup)}).Body.String())
	if key := d.byID("totp-key"); key == nil || key.Data != "code" || text(key) != viewOf(signin.StateTOTPSetup).TOTPKey {
		t.Error("the key is not on the page")
	}
	images := d.all("img")
	if len(images) != 2 || attr(images[0], "src") != attr(images[1], "src") || !strings.HasPrefix(attr(images[0], "src"), "data:image/png;base64,iVBOR") || attr(images[0], "alt") == "" {
		t.Error("no QR code with a text beside it")
	}
	linked := slices.ContainsFunc(d.all("a"), func(n *html.Node) bool { return attr(n, "href") == totpLink })
	if !linked {
		t.Error("no link to set up on this phone")
	}
}

func TestClockTimesAreThePractices(t *testing.T) {
	view := viewOf(signin.StateEnded)
	view.Ending, view.Until = signin.EndingLocked, noon().Add(17*60*1e9)
	d := parse(t, show(t, pageCase{view: view}).Body.String())
	times := d.all("time")
	if len(times) != 1 || text(times[0]) != "12:17 pm AEDT" || attr(times[0], "datetime") != "2026-11-24T12:17:00+11:00" {
		t.Errorf("%v", times)
	}
}
