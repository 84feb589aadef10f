package browsertest_test

import (
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/browsertest"
)

// supportPages are the pages of the support desk; each has to be looked at.
func supportPages() []string {
	return []string{
		"support-desk", "support-person-unknown", "support-practices", "support-practice", "support-practice-edit", "support-practice-new",
		"support-practice-new-error", "support-suspend", "support-mandatory", "support-activation", "support-user", "support-case-new",
		"support-case-new-error", "support-case", "support-case-error", "support-case-ready", "support-case-submitted", "support-case-decide",
		"support-case-approved", "support-case-done", "support-cases", "support-explain", "support-explained", "support-remove-app",
		"support-people", "support-activity", "support-mandatory-now",
	}
}

func TestSupportDesk(t *testing.T) {
	t.Parallel()
	chrome, inspector := browsertest.Start(t), browsertest.NewInspector(t)
	for _, one := range []scenario{
		{"a case by two people", scenarioCase},
		{"practices", scenarioSupportPractices},
		{"an app is taken away by keyboard", scenarioTakeAwayByKeyboard},
		{"a customer at the support desk", scenarioCustomerAtTheDesk},
	} {
		t.Run(one.name, func(t *testing.T) {
			one.play(t, &stage{site: embedded(t), inspector: inspector, browser: with(chrome)})
		})
	}
	if t.Failed() {
		return
	}
	for _, page := range supportPages() {
		if !inspector.Seen()[page] {
			t.Errorf("nobody looked at the page %s", page)
		}
	}
}

// TestSupportDeskWithoutScripts carries a case through with nothing but links and forms.
func TestSupportDeskWithoutScripts(t *testing.T) {
	t.Parallel()
	chrome := browsertest.Start(t)
	scenarioCase(t, &stage{site: embedded(t), browser: with(chrome, browsertest.WithoutScripts())})
}

func scenarioCase(t *testing.T, s *stage) {
	ewan := s.user(t, "ewan")
	riley := s.staff(t, "riley")
	riley.look("support-desk")
	riley.Fill("email", "nobody@thistlerowe.example")
	riley.Press("Find the person")
	equal(t, "status for nobody", riley.Status(), int64(404))
	riley.look("support-person-unknown")
	riley.Fill("email", "Ewan@thistlerowe.example")
	riley.Press("Find the person")
	riley.on("user")
	riley.look("support-user")

	riley.Press("Open a case")
	riley.on("new-case")
	riley.look("support-case-new")
	riley.Press("Open the case")
	equal(t, "status without a reason", riley.Status(), int64(422))
	riley.look("support-case-new-error")
	riley.Fill("reason", "Ewan rang at nine: the phone fell into the sea, and the PIN is forgotten. <script>window.hurt = 1</script>")
	riley.Press("Open the case")
	riley.on("case")
	riley.has("The case is open.")
	page := strings.SplitN(riley.URL(), "?", 2)[0]
	s.awaitEmail(t, ewan.Username, "APS support was asked")
	riley.has("Call 020 7946 0134")
	riley.look("support-case")

	riley.passed("call_back", "")
	equal(t, "status without an account of it", riley.Status(), int64(422))
	riley.look("support-case-error")
	riley.passed("call_back", "Called 020 7946 0134; the reception put me through.")
	riley.has("One more proof is needed")
	riley.Press("Send the code")
	code := s.spoken(t, ewan.Username)
	riley.Fill("code", "0000 0000")
	riley.Press("Check the code")
	if code != "00000000" {
		equal(t, "status of a wrong code", riley.Status(), int64(422))
		equal(t, "the code that was typed", riley.Value("#code"), "")
	}
	riley.Fill("code", code)
	riley.Press("Check the code")
	riley.look("support-case-ready")
	riley.Press("Submit the case")
	riley.on("case")
	riley.look("support-case-submitted")

	noor := s.staff(t, "noor")
	noor.has("Reset MFA for Ewan Rowe")
	noor.Press("Reset MFA for Ewan Rowe")
	noor.look("support-case-decide")
	noor.Fill("why", "Called back, and the code was right.")
	noor.Press("Approve")
	noor.has("Approved.")

	s.clock.Advance(12 * time.Minute) // Riley's proofs have aged meanwhile
	riley.Open(page)
	riley.Press("Confirm who you are first")
	riley.prove()
	riley.on("case")
	riley.look("support-case-approved")
	riley.Press("Reset MFA now")
	riley.has("Done. The person")
	riley.look("support-case-done")
	s.awaitEmail(t, ewan.Username, "reset")
	riley.Open(s.Issuer + "/support/cases")
	riley.look("support-cases")

	riley.Open(s.Issuer + "/support/explain")
	riley.look("support-explain")
	riley.Fill("email", ewan.Username)
	riley.Press("Next")
	riley.Fill("app", "timesheets")
	riley.Press("Explain")
	riley.has("The practice uses MFA")
	riley.look("support-explained")

	v := s.visit(t, ewan)
	v.begin(timesheets)
	v.password(ewan.Password)
	v.on("choose") // sets MFA up again
	equal(t, "script in a reason", riley.Holds("window.hurt === undefined"), true)
}

func scenarioSupportPractices(t *testing.T, s *stage) {
	// Aroha's practice asks for MFA.
	aroha := s.visit(t, s.user(t, "aroha"))
	aroha.Open(s.Issuer + "/manage")
	aroha.password(aroha.who.Password)
	aroha.Open(s.Issuer + "/manage/mfa")
	aroha.Press("Ask APS to turn MFA on")

	v := s.staff(t, "riley")
	v.has("Kauri Lane Bookkeeping")
	v.Press("Kauri Lane Bookkeeping")
	v.on("activation")
	v.look("support-activation")
	v.Press("Activate MFA")
	v.on("practice")
	v.has("MFA is activated.")
	s.awaitEmail(t, aroha.who.Username, "MFA")
	v.look("support-practice")
	v.Press("Edit")
	v.look("support-practice-edit")
	v.Fill("phone", "+61 2 5550 1269")
	v.Press("Save")
	v.has("+61 2 5550 1269")
	v.Press("Make MFA mandatory")
	v.look("support-mandatory")
	v.Press("Cancel")
	v.Press("Suspend")
	v.look("support-suspend")
	v.Press("Suspend the practice")
	v.has("nobody of it can sign in")
	v.Press("Resume")
	v.Press("Resume the practice")
	v.has("active again")

	v.Open(s.Issuer + "/support/practices")
	v.look("support-practices")
	v.Press("Create a practice")
	v.look("support-practice-new")
	v.Fill("phone", "ask at reception")
	v.Fill("name", "Quokka & Daughters")
	v.Press("Create")
	equal(t, "status of a bad number", v.Status(), int64(422))
	v.look("support-practice-new-error")
	equal(t, "the name that was typed", v.Value("#name"), "Quokka & Daughters")
	v.Fill("phone", "02 5550 1300")
	v.Press("Create")
	v.on("practice")
	v.has("Quokka & Daughters")
	v.Press("Enable Contacts+")
	v.has("The app is enabled.")
	v.has("User Management+ Enabled")
}

// ABUSE 39: the support desk is not there for people of a practice, whatever rights they have in it.
func scenarioCustomerAtTheDesk(t *testing.T, s *stage) {
	v := s.visit(t, s.user(t, "olivia"))
	v.Open(s.Issuer + "/support/practices")
	v.password(v.who.Password) // and is not even asked for a code
	v.on("notice")
	if strings.Contains(v.Text(), "Kauri Lane") {
		t.Errorf("a customer sees practices:\n%s", v.Text())
	}
}
