package account

import (
	"bufio"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/passkey"
	"github.com/apscloud/apsid/internal/web"
	"github.com/apscloud/apsid/internal/web/door"
)

const (
	passkeyPath = addPath + "/passkey"
	setupField  = "setup" // the first of the form; its letters are those of base64url
	maxSetup    = 4 << 10 // bytes of it; it has a quarter of them
)

// passkeyBody asks the browser for a passkey.
type passkeyBody struct {
	form
	Asked string // what a script asks the browser, in JSON
	Setup string // sealed: what the answer is checked against
	Back  string
}

func (s *Surface) setUpPasskey(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	return s.showPasskey(w, r, v, web.NoProblem())
}

// showPasskey begins anew each time: what was begun can be answered once. It stands in the page rather than in a cookie, so that two tabs
// are not in each other's way.
func (s *Surface) showPasskey(w http.ResponseWriter, r *http.Request, v door.Visitor, problem web.Problem) error {
	begun, err := s.Account.BeginPasskey(r.Context(), v.Caller, v.Now)
	if problem, ok := problemOf(err, v.Now, v.Zone()); ok {
		return s.showChoose(w, r, v, problem)
	}
	if err != nil {
		return err
	}
	body := passkeyBody{form: form{Problem: problem, Here: passkeyPath}, Asked: begun.Asked, Setup: begun.Sealed.Reveal(), Back: addPath}
	return s.showForm(w, r, "passkey", s.addFrame(v, "authenticator-passkey", "Add a passkey"), body, problem)
}

// confirmPasskey binds the passkey, and leads to the page where it gets a name.
func (s *Surface) confirmPasskey(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	values, err := readAnswer(w, r)
	if err != nil {
		return err
	}
	sealed, answer := idp.NewSecret(values.Get(setupField)), []byte(values.Get(passkey.Field))
	added, err := s.Account.ConfirmPasskey(r.Context(), v.Caller, sealed, answer, v.Now)
	if problem, bad := problemOf(err, v.Now, v.Zone()); bad {
		return s.showPasskey(w, r, v, problem)
	}
	if err != nil {
		return s.again(w, r, err)
	}
	return s.kit.Done(w, r, authenticatorPath(added.ID, "rename")+"?"+justAdded, "added")
}

// readAnswer reads the form with the answer of a passkey, which is longer than what people type. One that is longer than any answer is cut
// short, which makes it no answer: it is refused and recorded, as every other that is wrong.
func readAnswer(w http.ResponseWriter, r *http.Request) (url.Values, error) {
	const encoded = 3 // bytes of a byte in a form, at most
	form := web.Form{Lines: []string{setupField, passkey.Field}, Most: encoded * (passkey.MaxAnswer + maxSetup)}
	body := bufio.NewReaderSize(r.Body, maxSetup)
	first, _ := body.Peek(maxSetup) // an error comes again with the rest
	begun, _, whole := strings.Cut(string(first), "&")
	r.Body = io.NopCloser(body)
	values, err := form.Read(w, r)
	var refused *web.FormError
	if !errors.As(err, &refused) || refused.Status != http.StatusRequestEntityTooLarge {
		return values, err
	}
	sealed, ours := strings.CutPrefix(begun, setupField+"=")
	if !whole || !ours {
		return nil, err
	}
	return url.Values{setupField: {sealed}, passkey.Field: {strings.Repeat("x", passkey.MaxAnswer+1)}}, nil
}
