package account

import (
	"context"
	"net/http"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/web"
)

// ask is a page that takes an e-mail address and sends a link to it if it is a person's: the visitor does not learn whether it
// was sent (ABUSE 26).
type ask struct {
	step, title, done string
	lead              string
	send              func(ctx context.Context, from directory.Origin, username string, now time.Time) error
}

func (s *Surface) forgotten() ask {
	return ask{
		step: "forgot", title: "Forgot your password?", done: "forgot", send: s.Links.RequestPasswordReset,
		lead: "Enter the email address you sign in with. We send you a link to choose a new password.",
	}
}

func (s *Surface) locked() ask {
	return ask{
		step: "unlock", title: "Unlock by email", done: "unlock-sent", send: s.Links.RequestUnlock,
		lead: "Sign-in pauses after too many wrong passwords. Enter the email address you sign in with, and we send you a link that ends the pause.",
	}
}

// askBody is the form.
type askBody struct {
	Lead  string
	Email web.Input
}

func (s *Surface) forgot(w http.ResponseWriter, r *http.Request) error {
	s.showAsk(w, r, s.forgotten(), "", web.NoProblem())
	return nil
}

func (s *Surface) sendReset(w http.ResponseWriter, r *http.Request) error {
	return s.send(w, r, s.forgotten())
}

func (s *Surface) unlock(w http.ResponseWriter, r *http.Request) error {
	s.showAsk(w, r, s.locked(), "", web.NoProblem())
	return nil
}

func (s *Surface) sendUnlock(w http.ResponseWriter, r *http.Request) error {
	return s.send(w, r, s.locked())
}

func (s *Surface) showAsk(w http.ResponseWriter, r *http.Request, a ask, typed string, problem web.Problem) {
	s.Pages.Render(w, r, problem.Status, "account/ask", web.Frame{
		Step: a.step, Title: a.title, Alert: problem.Alert("username"), Body: askBody{Lead: a.lead, Email: web.Input{
			Name: "username", Label: "Email address", Type: "email", Inputmode: "email", Autocomplete: "username", Value: typed,
			Error: problem.Of("username"), Autofocus: problem.Text == "",
		}},
	})
}

func (s *Surface) send(w http.ResponseWriter, r *http.Request, a ask) error {
	values, err := web.ReadForm(w, r, "username")
	if err != nil {
		return err
	}
	typed := values.Get("username")
	err = a.send(r.Context(), s.origin(r), typed, s.Clock())
	if problem, ok := web.ProblemOf(err); ok {
		s.showAsk(w, r, a, typed, problem)
		return nil
	}
	if err != nil {
		return err
	}
	return s.showSent(w, r, a, typed)
}

// sentBody says that a link may be on its way, to which address, and sends it again.
type sentBody struct {
	Text   []string
	Typed  string
	Change string // where another address is typed, and the form's own address
}

// showSent repeats what was typed, whoever has that address (ABUSE 26). It is the answer to the form itself: an address that stands in
// the page's own address would be kept by browsers and logs. The form sends again what it sent, within the same limits.
func (s *Surface) showSent(w http.ResponseWriter, r *http.Request, a ask, typed string) error {
	title, words := doneWords(a.done)
	s.Pages.Render(w, r, http.StatusOK, "account/sent", web.Frame{
		Step: "done-" + a.done, Title: title, Body: sentBody{Text: words.Text, Typed: typed, Change: r.URL.Path},
	})
	return nil
}
