package browsertest_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/browsertest"
)

// TestPeopleHelpOneAnother plays what practices, their people and APS do with one another, from the request for MFA to the
// support case, on each kind of stores.
func TestPeopleHelpOneAnother(t *testing.T) {
	t.Parallel()
	chrome := browsertest.Start(t)
	for name, begin := range map[string]func(*testing.T) *site{"SQLite": embedded, "Postgres": servers} {
		t.Run(name, func(t *testing.T) {
			s := &stage{site: begin(t), browser: with(chrome)}
			aroha := practiceGetsMFA(t, s)
			ngaio := personJoins(t, s, aroha)
			administratorResets(t, s, aroha, ngaio)
			supportResets(t, s)
		})
	}
}

// practiceGetsMFA has the second practice ask for MFA, and APS check and activate it. It returns the administrator, who has set
// MFA up meanwhile.
func practiceGetsMFA(t *testing.T, s *stage) *visit {
	t.Helper()
	aroha := s.visit(t, s.user(t, "aroha"))
	aroha.Open(s.Issuer + "/manage/mfa")
	aroha.password(aroha.who.Password) // MFA is off: that is all
	aroha.on("mfa")
	aroha.Fill("note", "We work with tax files.")
	aroha.Press("Ask APS to turn MFA on")
	aroha.has("Waiting for APS")

	riley := s.staff(t, "riley")
	riley.Press("Kauri Lane Bookkeeping")
	riley.on("activation")
	riley.has("We work with tax files.")
	riley.has("User Management+")
	riley.Fill("answer", "Welcome. Tell your people today.")
	riley.Press("Activate MFA")
	s.awaitEmail(t, aroha.who.Username, "Tell your people today.")

	// It counts at once, at the next page of a person who is signed in with a password alone.
	aroha.Open(s.Issuer + "/manage")
	aroha.password(aroha.who.Password)
	aroha.setUp()
	aroha.on("people")
	return aroha
}

// personJoins has the administrator invite a person, who chooses a password from the mail and sets MFA up at the first sign-in.
func personJoins(t *testing.T, s *stage, aroha *visit) *visit {
	t.Helper()
	who := user{Username: "ngaio@kaurilane.example", Password: "tussock-ferry-lantern-9", Name: "Ngaio Brown"}
	aroha.Open(s.Issuer + "/manage/invite")
	aroha.on("invite")
	aroha.Fill("name", who.Name)
	aroha.Fill("username", who.Username)
	aroha.Press("Send the invitation")
	aroha.has("Invited")

	ngaio := s.visit(t, who)
	ngaio.Open(s.link(t, who.Username, "Choose your password"))
	ngaio.has("Welcome, Ngaio Brown")
	ngaio.Fill("new_password", "too short")
	ngaio.Press("Save the password")
	if ngaio.Status() != 422 || ngaio.Alert() == "" {
		t.Errorf("a short password: status %d, alert %q", ngaio.Status(), ngaio.Alert())
	}
	ngaio.Fill("new_password", who.Password)
	ngaio.Press("Save the password")

	ngaio.begin(contacts)
	ngaio.password(who.Password)
	ngaio.setUp()
	ngaio.signedIn(contacts, "urn:aps:acr:mfa", "pwd", "otp", "mfa")
	return ngaio
}

// administratorResets has the person lose device and PIN, and the administrator reset MFA from the drawer.
func administratorResets(t *testing.T, s *stage, aroha, ngaio *visit) {
	t.Helper()
	ngaio.stranded(contacts)

	aroha.Open(s.Issuer + "/manage?search=ngaio")
	aroha.Tap("Ngaio Brown")
	aroha.Await("the drawer is open", `document.querySelector(".drawer")`)
	aroha.Script(`document.querySelector(".drawer details.menu").open = true`)
	aroha.Press("Reset MFA")
	aroha.on("reset-mfa")
	aroha.Fill("reason", "Ngaio dropped the phone into the harbour, and told me so at my desk.")
	aroha.Press("Reset MFA")
	aroha.has("MFA was reset.")
	s.awaitEmail(t, ngaio.who.Username, "reset MFA for your account")

	ngaio.begin(contacts)
	ngaio.password(ngaio.who.Password)
	ngaio.setUp()
	ngaio.signedIn(contacts, "urn:aps:acr:mfa", "pwd", "otp", "mfa")
}

// supportResets does the same for a practice in which no one can help, by a case and two members of APS staff.
func supportResets(t *testing.T, s *stage) {
	t.Helper()
	ewan := s.visit(t, s.user(t, "ewan"))
	ewan.stranded(contacts)

	s.clock.Advance(time.Minute)
	riley := s.staff(t, "riley")
	riley.Fill("email", ewan.who.Username)
	riley.Press("Find the person")
	riley.Press("Open a case")
	riley.Fill("reason", "Ewan rang: the phone was stolen on the train, and nobody else works there.")
	riley.Press("Open the case")
	s.awaitEmail(t, ewan.who.Username, "APS support was asked to")
	address, _, _ := strings.Cut(riley.URL(), "?")

	riley.passed("call_back", "Called the number on file; Ewan answered at once.")
	riley.Press("Send the code")
	riley.Fill("code", s.spoken(t, ewan.who.Username))
	riley.Press("Check the code")
	riley.Press("Submit the case")
	if n := riley.Count("button[value=approve]"); n != 0 {
		t.Error("whoever opened a case may approve it")
	}

	noor := s.staff(t, "noor")
	noor.Open(address)
	noor.Fill("why", "The number is the one on the engagement letter.")
	noor.Press("Approve")

	riley.Open(address)
	riley.Press("Reset MFA now")
	s.awaitEmail(t, ewan.who.Username, "and has done it now")

	ewan.begin(contacts)
	ewan.password(ewan.who.Password)
	ewan.setUp()
	ewan.signedIn(contacts, "urn:aps:acr:mfa", "pwd", "otp", "mfa")
}

// staff signs a member of APS staff in at the support desk.
func (s *stage) staff(t *testing.T, name string) *visit {
	t.Helper()
	at := slices.IndexFunc(s.Staff, func(u user) bool { return strings.HasPrefix(u.Username, name) })
	if at < 0 {
		t.Fatalf("the demo has no member of staff %q", name)
	}
	v := s.visit(t, s.Staff[at])
	v.Open(s.Issuer + "/support")
	v.prove()
	v.on("desk")
	return v
}

// setUp goes through the set-up of an authenticator app and a recovery PIN, and remembers the key.
func (v *visit) setUp() {
	v.t.Helper()
	v.choose("totp")
	v.on("totp-setup")
	v.who.TOTPKey = v.TOTPKey()
	v.code(browsertest.TOTPCode(v.t, v.who.TOTPKey, v.stage.clock.Now()), "Continue")
	v.pin(goodPIN, goodPIN)
}

// stranded has the person come back without the device, and not know the PIN either: the page says whom to ask.
func (v *visit) stranded(app string) {
	v.t.Helper()
	v.signInAgain(app)
	if v.Step() == "" { // still signed in
		v.Press("Sign out")
		v.begin(app)
	}
	v.password(v.who.Password)
	v.on("totp")
	v.Act("lost-device")
	v.on("recover")
	v.Act("forgot-pin")
	v.on("notice")
	v.has("System Administrator")
}

// passed records one check of the case's script as passed.
func (v *visit) passed(name, how string) {
	v.t.Helper()
	v.Script(`document.getElementById("how-` + name + `").value = ` + quoted(how))
	v.PressAt(`section[aria-labelledby="check-` + name + `"] button[value=passed]`)
}

var (
	linkLine   = regexp.MustCompile(`(?m)^https?://\S+/account/link/\S+$`)
	spokenCode = regexp.MustCompile(`The code is (\d{4}) (\d{4})\.`)
)

// link waits for a mail to the address with these words, and returns the link in it.
func (s *site) link(t *testing.T, to, words string) string {
	t.Helper()
	s.awaitEmail(t, to, words)
	for _, m := range s.messages(t, "email", to) {
		if link := linkLine.FindString(m.Text); link != "" && strings.Contains(m.Text, words) {
			return link
		}
	}
	t.Fatalf("no link in the mail to %s that says %q", to, words)
	return ""
}

// spoken is the code that the person reads out of the mailbox.
func (s *site) spoken(t *testing.T, to string) string {
	t.Helper()
	s.awaitEmail(t, to, "The code is ")
	for _, m := range s.messages(t, "email", to) {
		if found := spokenCode.FindStringSubmatch(m.Text); found != nil {
			return found[1] + found[2]
		}
	}
	t.Fatalf("no code in the mail to %s", to)
	return ""
}
