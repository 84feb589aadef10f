package account

import (
	"net/http"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/web"
	"github.com/apscloud/apsid/internal/web/door"
)

// appBody shows the key of an authenticator app, and asks for its first code.
type appBody struct {
	form
	web.Scan
	Code, Label web.Input
	Back        string
}

func (s *Surface) setUpApp(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	setup, err := s.begun(r, v, idp.KindTOTP)
	if err != nil {
		return s.again(w, r, err)
	}
	return s.showApp(w, r, v, setup, "Authenticator app", web.NoProblem())
}

func (s *Surface) showApp(w http.ResponseWriter, r *http.Request, v door.Visitor, setup directory.Setup, label string, problem web.Problem) error {
	scan, err := web.NewScan(setup.TOTPLink, setup.TOTPKey, s.QRCode)
	if err != nil {
		return err
	}
	body := appBody{
		form: form{Problem: problem, Here: addPath + "/totp"}, Scan: scan, Back: addPath, Label: labelField(label, problem),
		Code: codeField("6 digits. Enter the ones showing now.", problem),
	}
	body.Label.Optional = true // one that is left empty is chosen
	return s.showForm(w, r, "app", s.addFrame(v, "authenticator-totp", "Set up your authenticator app"), body, problem, "code", "label")
}

func (s *Surface) confirmApp(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	values, err := web.ReadForm(w, r, "code", "label")
	if err != nil {
		return err
	}
	setup, err := s.begun(r, v, idp.KindTOTP)
	if err != nil {
		return s.again(w, r, err)
	}
	problem, bad, err := s.confirm(w, r, v, setup, values.Get("code"), values.Get("label"))
	if bad {
		return s.showApp(w, r, v, setup, values.Get("label"), problem)
	}
	return err
}
