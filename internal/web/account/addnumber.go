package account

import (
	"net/http"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/web"
	"github.com/apscloud/apsid/internal/web/door"
)

// numberBody asks for a mobile number.
type numberBody struct {
	form
	Country web.Options
	Phone   web.Input
	Back    string
}

func (s *Surface) setUpNumber(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	return s.showNumber(w, r, v, string(v.Account.Practice.Region), "", web.NoProblem())
}

func (s *Surface) showNumber(w http.ResponseWriter, r *http.Request, v door.Visitor, country, phone string, problem web.Problem) error {
	body := numberBody{
		form: form{Problem: problem, Here: addPath + "/sms"}, Back: addPath,
		Country: web.Options{Name: "country", Label: "Country", Error: problem.Of("country"), Options: web.Countries(country)},
		Phone:   web.PhoneField(phone, problem.Of("phone")),
	}
	return s.showForm(w, r, "number", s.addFrame(v, "authenticator-sms", "Get codes by text message"), body, problem, "country", "phone")
}

func (s *Surface) sendCode(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	values, err := web.ReadForm(w, r, "country", "phone")
	if err != nil {
		return err
	}
	country, phone := values.Get("country"), values.Get("phone")
	setup, err := s.Account.BeginSMS(r.Context(), v.Caller, country, phone, v.Now)
	if problem, ok := problemOf(err, v.Now, v.Zone()); ok {
		return s.showNumber(w, r, v, country, phone, problem)
	}
	if err != nil {
		return err
	}
	s.keep(w, setup, v.Now)
	return seeOther(w, r, addPath+"/sms-verify")
}

// verifyBody asks for the code that was sent.
type verifyBody struct {
	form
	Phone       string // in full
	Until       web.ClockTime
	Code, Label web.Input
	Back        string
}

func (s *Surface) enterCode(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	setup, err := s.begun(r, v, idp.KindSMS)
	if err != nil {
		return s.again(w, r, err)
	}
	f := s.addFrame(v, "authenticator-sms-verify", "Check your text messages")
	f.Note = s.kit.Note(r)
	return s.showVerify(w, r, v, f, setup, defaultNumberLabel(setup), web.NoProblem())
}

func (s *Surface) showVerify(w http.ResponseWriter, r *http.Request, v door.Visitor, f web.Frame, setup directory.Setup, label string, problem web.Problem) error {
	code := codeField("The 6 digits in the text message.", problem)
	code.Autofocus = problem.Text == ""
	body := verifyBody{
		form: form{Problem: problem, Here: addPath + "/sms-verify"}, Phone: setup.Typed, Code: code, Label: labelField(label, problem),
		Until: web.NewClockTime(setup.ExpiresAt, v.Now, v.Zone()), Back: addPath + "/sms",
	}
	body.Label.Optional = true // one that is left empty is chosen
	return s.showForm(w, r, "verify", f, body, problem, "code", "label")
}

// defaultNumberLabel uses only the digits that the page shows anyway.
func defaultNumberLabel(setup directory.Setup) string {
	shown := []rune(setup.Phone)
	return "Mobile ••• " + string(shown[max(0, len(shown)-3):])
}

func (s *Surface) confirmNumber(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	values, err := web.ReadForm(w, r, "code", "label", "action")
	if err != nil {
		return err
	}
	setup, err := s.begun(r, v, idp.KindSMS)
	if err != nil {
		return s.again(w, r, err)
	}
	try := s.confirm
	if values.Get("action") == "resend" {
		try = s.resend
	}
	problem, bad, err := try(w, r, v, setup, values.Get("code"), values.Get("label"))
	if bad {
		f := s.addFrame(v, "authenticator-sms-verify", "Check your text messages")
		return s.showVerify(w, r, v, f, setup, values.Get("label"), problem)
	}
	return err
}

// resend sends the code again. problem is what the form says if that fails.
func (s *Surface) resend(w http.ResponseWriter, r *http.Request, v door.Visitor, setup directory.Setup, _, _ string) (problem web.Problem, bad bool, err error) {
	err = s.Account.ResendSMS(r.Context(), v.Caller, setup.Sealed, v.Now)
	if problem, bad := problemOf(err, v.Now, v.Zone()); bad {
		return problem, true, nil
	}
	if err != nil {
		return web.Problem{}, false, s.again(w, r, err)
	}
	return web.Problem{}, false, s.kit.Done(w, r, addPath+"/sms-verify", "resent")
}
