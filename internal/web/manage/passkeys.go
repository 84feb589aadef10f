package manage

import (
	"net/http"
	"net/url"
	"strconv"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/web"
	"github.com/apscloud/apsid/internal/web/door"
	"github.com/apscloud/apsid/internal/web/kit"
	"github.com/apscloud/apsid/internal/web/people"
)

// passkeysBody is the form that says who needs a passkey, and which.
type passkeysBody struct {
	Prove   string // where the visitor confirms who they are, beside this page; "": no need
	Version int64
	Counts  directory.Counts
	Missing int64
	Days    []web.Input
	Models  web.Options
	Cancel  string
}

// passkeys shows the form.
func (s *Surface) passkeys(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	detail, err := s.Practices.FindPractice(r.Context(), v.Caller, v.Account.Practice.ID, v.Now)
	if err != nil {
		return err
	}
	return s.showPasskeys(w, r, v, detail, kit.PasskeyTyped(detail.Practice), web.NoProblem())
}

func (s *Surface) showPasskeys(w http.ResponseWriter, r *http.Request, v door.Visitor, d directory.PracticeDetail, typed url.Values, p web.Problem) error {
	f := s.frame(v, inMFA, "passkeys", "Who needs a passkey")
	f.Shell.Back = &web.Link{URL: home + "/mfa", Label: "MFA"}
	body := passkeysBody{
		Prove: s.kit.Beside(p), Version: d.Practice.Version, Counts: d.Counts, Missing: max(d.Counts.People-d.Counts.Passkeys, 0),
		Days: kit.PasskeyInputs(typed, p), Models: kit.PasskeyModels(typed, p), Cancel: home + "/mfa",
	}
	f.Alert = p.Alert(body.Days[0].Name, body.Days[1].Name, body.Models.Name)
	return s.show(w, r, p.Status, "passkeys", f, body)
}

// savePasskeys saves it, if no other caller has changed the practice since.
func (s *Surface) savePasskeys(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	typed, err := kit.PasskeyForm().Read(w, r)
	if err != nil {
		return err
	}
	detail, err := s.Practices.FindPractice(r.Context(), v.Caller, v.Account.Practice.ID, v.Now)
	if err != nil {
		return err
	}
	edit, err := kit.PasskeyEdit(typed, detail.Practice)
	if err == nil {
		edit.Version, err = strconv.ParseInt(typed.Get("version"), 10, 64)
		if err != nil {
			return idp.Invalid("version", "Open the page again and repeat your change.")
		}
		_, err = s.Practices.UpdatePractice(r.Context(), v.Caller, detail.Practice.ID, edit, v.Now)
	}
	p, err := orProblem(err)
	if err != nil {
		return err
	}
	if p.Text != "" {
		return s.showPasskeys(w, r, v, detail, typed, p)
	}
	return s.kit.Done(w, r, home+"/mfa", "passkeys")
}

// change says what the form does, where the visitor proves first who they are.
func change(*Surface, *http.Request, door.Visitor) string { return "change who needs a passkey" }

// enrolment is the page that asks whether to make an enrolment code. What it makes is shown by giveEnrolment, once.
func enrolment() action {
	return action{command: policy.CommandEnrolmentCode, title: "Give an enrolment code to", button: "Make a code", consequences: whatEnrolmentDoes}
}

// giveEnrolment makes a code and shows it, on a page that is in no address and no cache.
func (s *Surface) giveEnrolment(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	if _, err := web.ReadForm(w, r); err != nil {
		return err
	}
	subject, err := s.subject(r, v)
	if err != nil {
		return err
	}
	made, err := s.People.CreateEnrolmentCode(r.Context(), v.Caller, subject.detail.Account.User.ID, v.Now)
	p, err := orProblem(err)
	if err != nil {
		return err
	}
	if p.Text != "" {
		return enrolment().show(s, w, r, v, subject, "", p)
	}
	f := s.frame(v, inPeople, "enrolment-code", "Enrolment code for "+people.Name(subject.detail.Account.User))
	f.Shell.Back = subject.back()
	return s.show(w, r, http.StatusOK, "enrolment-code", f, people.Enrolment{
		Name: people.Name(subject.detail.Account.User), Code: made.Code.Reveal(), Until: web.NewClockTime(made.Until, v.Now, v.Zone()), Back: subject.url(),
	})
}

func whatEnrolmentDoes(d directory.UserDetail) []string {
	name := people.Name(d.Account.User)
	return []string{
		"You get a code that you read out to " + name + ". It is good once, for 10 minutes. A code that was made before ends.",
		"With their password and this code, the page that " + name + " signs in on lets them add a passkey.",
		"Read it out in person, or where you know the voice. Whoever calls and asks for a code may be somebody else.",
		"We tell " + name + " by email, without the code. Your name is recorded.",
	}
}
