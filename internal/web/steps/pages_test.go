package steps_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/apscloud/apsid/internal/signin"
)

// main is the text of the page's main part.
func mainText(t *testing.T, c pageCase) string {
	t.Helper()
	return text(parse(t, show(t, c).Body.String()).all("main")[0])
}

// A code that was used is told apart from a wrong one, with the seconds to the next where they are known.
func TestAUsedCodeSaysWhatToWaitFor(t *testing.T) { // ABUSE 16, 60
	used := &signin.Problem{Field: "code", Code: signin.ProblemCodeUsed}
	for left, want := range map[time.Duration]string{
		18 * time.Second: "in about 18 seconds.", time.Second: "in about 1 second.",
		-5 * time.Second: "", 45 * time.Second: "", // the phone's clock is not that of the server
	} {
		view := viewOf(signin.StateTOTP)
		view.NextCode = noon().Add(left)
		page := mainText(t, pageCase{view: view, problem: used})
		if !strings.Contains(page, "That code was used already. Wait for your app to show the next one") || strings.Contains(page, "not right") {
			t.Errorf("%s: %s", left, page)
		}
		if strings.Contains(page, "shows the next code in") != (want != "") || !strings.Contains(page, want) {
			t.Errorf("%s: %s", left, page)
		}
	}
}

// A text message that has to wait: the page says when by the clock, and its button is there for a browser without scripts.
func TestATextThatWaitsSaysWhen(t *testing.T) { // ABUSE 60
	view := viewOf(signin.StateSMSVerify)
	view.SentAt, view.ExpiresAt, view.ResendAt, view.Note = time.Time{}, time.Time{}, noon().Add(20*time.Second), signin.NoteSendWait
	view.Phone = "0491 570 156"
	d := parse(t, show(t, pageCase{view: view}).Body.String())
	page := text(d.all("main")[0])
	for _, want := range []string{"has to wait a little.", "You can send it from 12:01 pm AEDT", "0491 570 156", "Send the code", "Change number"} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q: %s", want, page)
		}
	}
	late := view
	late.ResendAt = noon()
	if page := mainText(t, pageCase{view: late}); !strings.Contains(page, "Choose “Send the code”.") || strings.Contains(page, "wait") {
		t.Errorf("after the time: %s", page)
	}
	itself := func(n *html.Node) bool { return has(n, "data-itself") }
	if !slices.ContainsFunc(d.all("span"), itself) {
		t.Error("the page does not send it by itself")
	}
	for name, change := range map[string]func(*signin.View){
		"a code is there":     func(v *signin.View) { v.SentAt = noon().Add(-10 * time.Second) },
		"a limit was reached": func(v *signin.View) { v.ResendAt = noon().Add(20 * time.Minute) },
		"nothing in the way":  func(v *signin.View) { v.ResendAt = time.Time{} },
	} {
		other := view
		change(&other)
		if slices.ContainsFunc(parse(t, show(t, pageCase{view: other}).Body.String()).all("span"), itself) {
			t.Errorf("%s, and the page sends a message by itself", name)
		}
	}
}

// Who is one wrong try from a lock is told so, and nobody is told so earlier.
func TestTheLastTriesAreAnnounced(t *testing.T) {
	for step, problem := range map[signin.State]signin.Problem{
		signin.StatePassword: {Code: signin.ProblemCredentials}, signin.StateTOTP: {Field: "code", Code: signin.ProblemCodeWrong},
		signin.StateSMS: {Field: "code", Code: signin.ProblemCodeWrong}, signin.StateRecover: {Field: "pin", Code: signin.ProblemPINWrong},
		signin.StateTOTPSetup: {Field: "code", Code: signin.ProblemCodeClock},
	} {
		for left, want := range map[int]string{0: "", 1: "You have 1 try left before ", 2: "You have 2 tries left before "} {
			problem.Left = left
			page := mainText(t, pageCase{view: viewOf(step), problem: &problem})
			if strings.Contains(page, "left before") != (left > 0) || !strings.Contains(page, want) {
				t.Errorf("%s, %d left: %s", step, left, page)
			}
		}
	}
}

// Nobody is sent to themselves for help.
func TestASystemAdministratorIsSentToSomebodyElse(t *testing.T) {
	for _, end := range []signin.Ending{signin.EndingLocked, signin.EndingForgottenPIN, signin.EndingNoPIN} {
		for helper, row := range map[signin.Helper]struct{ says, never string }{
			signin.HelperAdministrator: {"Ask your practice’s System Administrator.", "another System Administrator"},
			signin.HelperAnother:       {"If your practice has another System Administrator, ask them.", "Ask your practice’s System Administrator"},
			signin.HelperColleague:     {"Ask a colleague at APS", "System Administrator"},
		} {
			view := viewOf(signin.StateEnded)
			view.Ending, view.Helper = end, helper
			page := mainText(t, pageCase{view: view})
			if !strings.Contains(page, row.says) || strings.Contains(page, row.never) {
				t.Errorf("%s, %q: %s", end, helper, page)
			}
		}
	}
	view := viewOf(signin.StateEnded)
	view.Ending, view.Helper, view.Until = signin.EndingLocked, signin.HelperAnother, noon().Add(time.Hour)
	if page := mainText(t, pageCase{view: view}); strings.Contains(page, "tell your practice’s") {
		t.Errorf("paused: %s", page)
	}
}

func TestSetUpSaysWhichStepItIs(t *testing.T) {
	view := viewOf(signin.StateTOTPSetup)
	view.Step, view.Steps = 2, 3
	if page := mainText(t, pageCase{view: view}); !strings.Contains(page, "Step 2 of 3") {
		t.Errorf("no step: %s", page)
	}
	if page := mainText(t, pageCase{view: viewOf(signin.StateTOTP)}); strings.Contains(page, "Step ") {
		t.Errorf("a step of nothing: %s", page)
	}
}

func TestAfterRevokingTheWordsAreThoseOfSettingUpAgain(t *testing.T) {
	view := viewOf(signin.StateChoose)
	view.Again, view.Note = true, signin.NoteMFARevoked
	page := mainText(t, pageCase{view: view})
	if !strings.Contains(page, "Set up your security codes again") || strings.Contains(page, "From now on") || strings.Contains(page, "once") {
		t.Errorf("choose: %s", page)
	}
	view = viewOf(signin.StateRecoveryPIN)
	view.Again = true
	if page := mainText(t, pageCase{view: view}); !strings.Contains(page, "Create a new recovery PIN") || !strings.Contains(page, "The old PIN is used up.") {
		t.Errorf("PIN: %s", page)
	}
}

// The country of the practice is chosen, and each country has its example, for browsers without scripts.
func TestTheNumberHasAnExampleForEachCountry(t *testing.T) {
	for _, country := range []string{"AU", "NZ", "GB"} {
		view := viewOf(signin.StateSMSSetup)
		view.Country = country
		d := parse(t, show(t, pageCase{view: view}).Body.String())
		var chosen, examples []string
		for _, option := range d.all("option") {
			if has(option, "selected") {
				chosen = append(chosen, attr(option, "value"))
			}
		}
		for _, span := range (document{d.byID("phone-hint")}).all("span") {
			if of := attr(span, "data-example"); of != "" {
				examples = append(examples, of+" "+text(span))
			}
		}
		if !slices.Equal(chosen, []string{country}) {
			t.Errorf("chosen: %v, want %s", chosen, country)
		}
		want := []string{"AU Australia: 0412 345 678.", "NZ New Zealand: 021 234 5678.", "GB United Kingdom: 07700 900123."}
		if !slices.Equal(examples, want) {
			t.Errorf("examples %q", examples)
		}
	}
}

// After a wrong code the field stands right below the message, and the code to scan can still be opened.
func TestAfterAWrongCodeTheFieldComesFirst(t *testing.T) {
	wrong := &signin.Problem{Field: "code", Code: signin.ProblemCodeWrong}
	d := parse(t, show(t, pageCase{view: viewOf(signin.StateTOTPSetup), problem: wrong}).Body.String())
	main := document{d.all("main")[0]}
	order := main.all("input", "img", "details")
	if len(order) != 5 || order[0].Data != "input" || order[1].Data != "details" || has(order[1], "open") {
		t.Fatalf("the page does not begin with the field: %v", order)
	}
	if d.byID("totp-key") == nil {
		t.Error("the key is gone")
	}
	d = parse(t, show(t, pageCase{view: viewOf(signin.StateTOTPSetup)}).Body.String())
	if order = (document{d.all("main")[0]}).all("input", "img", "details"); order[0].Data != "img" {
		t.Error("the field comes before there is anything to enter")
	}
}

// A browser that takes a PIN for a password offers to save it in place of the password: nothing on the page may look like one.
func TestAPINIsNoPasswordToABrowser(t *testing.T) {
	for _, step := range []signin.State{signin.StateRecoveryPIN, signin.StateRecover} {
		d := parse(t, show(t, pageCase{view: viewOf(step)}).Body.String())
		for _, input := range d.all("input") {
			if attr(input, "type") != "text" || attr(input, "autocomplete") != "one-time-code" || attr(input, "class") != "masked" || !has(input, "data-reveal") {
				t.Errorf("%s: %v", step, input.Attr)
			}
		}
	}
}
