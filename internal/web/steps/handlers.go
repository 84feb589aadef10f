package steps

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/apscloud/apsid/internal/browser"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/passkey"
	"github.com/apscloud/apsid/internal/signin"
	"github.com/apscloud/apsid/internal/web"
)

// visit is one request to a step's address.
type visit struct {
	client idp.ClientID
	step   signin.State
	signin.Browser
	now    time.Time
	action string // where the page's form goes; "" is its own address
}

// handle reads the address and the cookie, and answers what the handler returns as an error.
func (s *Surface) handle(serve func(http.ResponseWriter, *http.Request, visit) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v, err := s.visit(r)
		if err == nil {
			err = serve(w, r, v)
		}
		if err != nil {
			s.fail(w, r, v, err)
		}
	})
}

func (s *Surface) visit(r *http.Request) (visit, error) {
	v := visit{client: idp.ClientID(r.PathValue("client")), step: signin.State(r.PathValue("step")), now: s.clock()}
	tx := r.PathValue("tx")
	if !isName(string(v.client)) || !isName(tx) || fields(v.step) == nil && v.step != signin.StateDone {
		return visit{}, idp.ErrNotFound
	}
	cookie, err := s.cookies.Signin(r, tx)
	if err != nil {
		return v, err
	}
	v.Browser = signin.Browser{Transaction: tx, Cookie: cookie, Address: s.addresses.Of(r), UserAgent: browser.UserAgent(r), Known: s.cookies.Known(r), Again: s.cookies.Again(r)}
	return v, nil
}

// isName reports whether text from the path can be the identifier of a client or of a sign-in.
func isName(text string) bool {
	const allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.~"
	return text != "" && len(text) <= 128 && strings.Trim(text, allowed) == ""
}

// startedAgain marks the address of a sign-in that took the place of one whose cookie did not come.
const startedAgain = "again"

func (s *Surface) show(w http.ResponseWriter, r *http.Request, v visit) error {
	if r.URL.Query().Has(startedAgain) && len(r.Cookies()) == 0 {
		s.withoutCookies(w, r, v.client)
		return nil
	}
	view, err := s.signins.View(r.Context(), v.Browser, v.now)
	if err != nil {
		return err
	}
	if view.Client != v.client {
		return idp.ErrNotFound
	}
	if view.State != v.step {
		s.redirect(w, r, v, view.State)
		return nil
	}
	return s.render(w, r, v, http.StatusOK, view, nil)
}

func (s *Surface) submit(w http.ResponseWriter, r *http.Request, v visit) error {
	values, err := read(w, r, v.step)
	if err != nil {
		return err
	}
	outcome, err := s.signins.Submit(r.Context(), v.Browser, v.step, form(values), v.now)
	if err != nil {
		return err
	}
	if outcome.Begun != nil {
		v.Transaction = outcome.Begun.Transaction
		v.action = browser.SigninPath(v.client, v.Transaction, string(v.step))
		s.keep(w, r, *outcome.Begun, v.now)
	}
	if !outcome.Cookie.IsZero() {
		s.cookies.SetSignin(w, r, v.Transaction, outcome.Cookie, signin.Lifetime)
	}
	if !outcome.Known.IsZero() {
		s.cookies.SetKnown(w, outcome.Known, signin.KnownLifetime)
	}
	if outcome.Problem == nil {
		s.redirect(w, r, v, outcome.State)
		return nil
	}
	if outcome.View.Client != v.client {
		return idp.ErrNotFound
	}
	return s.render(w, r, v, http.StatusUnprocessableEntity, outcome.View, outcome.Problem)
}

// read reads the form of a step. The answer of a passkey is longer than what people type. One that is longer than any answer is cut short,
// which makes it no answer: the sign-in refuses and records it, as it does with every other that is wrong.
func read(w http.ResponseWriter, r *http.Request, step signin.State) (url.Values, error) {
	form := web.Form{Lines: fields(step)}
	if !slices.Contains(form.Lines, passkey.Field) {
		return form.Read(w, r)
	}
	const encoded = 3 // bytes of a byte in a form, at most
	form.Most = encoded * passkey.MaxAnswer
	body := bufio.NewReader(r.Body)
	peeked, _ := body.Peek(len(passkey.Field) + 1) // an error comes again with the rest
	first := string(peeked)
	r.Body = io.NopCloser(body)
	values, err := form.Read(w, r)
	var refused *web.FormError
	tooLong := errors.As(err, &refused) && refused.Status == http.StatusRequestEntityTooLarge
	if tooLong && first == passkey.Field+"=" {
		return url.Values{passkey.Field: {strings.Repeat("x", passkey.MaxAnswer+1)}}, nil
	}
	return values, err
}

func (s *Surface) redirect(w http.ResponseWriter, r *http.Request, v visit, state signin.State) {
	http.Redirect(w, r, browser.SigninPath(v.client, v.Transaction, string(state)), http.StatusSeeOther)
}

// fail answers an error: a sign-in that was begun anew gets its page, one that is gone a page that leads back to the app, any
// other error the common answer of all surfaces.
func (s *Surface) fail(w http.ResponseWriter, r *http.Request, v visit, err error) {
	var again *signin.Restarted
	if errors.As(err, &again) {
		begun := again.Begun
		s.keep(w, r, begun, v.now)
		to := browser.SigninPath(begun.Client, begun.Transaction, string(begun.State))
		if v.Cookie.IsZero() {
			to += "?" + startedAgain
		}
		http.Redirect(w, r, to, http.StatusSeeOther)
		return
	}
	if v.client != "" && errors.Is(err, idp.ErrNotFound) {
		s.gone(w, r, v.client)
		return
	}
	s.pages.Fail(w, r, err)
}

// keep sets the cookies of a sign-in that was begun anew.
func (s *Surface) keep(w http.ResponseWriter, r *http.Request, begun signin.Begun, now time.Time) {
	s.cookies.SetSignin(w, r, begun.Transaction, begun.Cookie, begun.ExpiresAt.Sub(now))
	s.cookies.SetAgain(w, begun.Client, begun.Transaction, begun.Again, signin.AgainLifetime)
}

// withoutCookies says what to allow to a browser that keeps no cookies: another sign-in would end here as well, and so on without end.
func (s *Surface) withoutCookies(w http.ResponseWriter, r *http.Request, id idp.ClientID) {
	const text = "We need a cookie to know that it is you from one page to the next. Allow cookies for this site in your browser’s settings, and leave a private window if that is where you are. Then start again from %s."
	s.leadBack(w, r, id, http.StatusBadRequest, "Your browser keeps no cookies", text, fmt.Sprintf(text, "the app you were using"))
}

// gone says that the sign-in has ended.
func (s *Surface) gone(w http.ResponseWriter, r *http.Request, id idp.ClientID) {
	s.leadBack(w, r, id, http.StatusNotFound, "This sign-in has ended",
		"It may have taken too long, or was finished already. You can start again from %s.", "Go back to the app you were using and sign in from there.")
}

// leadBack says why the sign-in can't go on, and leads back to the app if its client is registered: text names the app, and alone stands
// where there is none.
func (s *Surface) leadBack(w http.ResponseWriter, r *http.Request, id idp.ClientID, status int, title, text, alone string) {
	client, err := s.clients.FindClient(r.Context(), id)
	switch {
	case err != nil && !errors.Is(err, idp.ErrNotFound):
		s.pages.Fail(w, r, err)
	case err != nil || client.Disabled || client.InitiateLoginURI == "":
		s.pages.Error(w, r, status, title, alone)
	default:
		s.pages.ErrorWithLink(w, r, status, title, fmt.Sprintf(text, client.Name),
			&web.Link{URL: client.InitiateLoginURI, Label: "Sign in to " + client.Name})
	}
}

func form(values url.Values) signin.Form {
	return signin.Form{
		Action:     values.Get("action"),
		Username:   values.Get("username"),
		Password:   idp.NewSecret(values.Get("password")),
		Kind:       idp.Kind(values.Get("kind")),
		Code:       idp.NewSecret(values.Get("code")),
		Country:    values.Get("country"),
		Phone:      values.Get("phone"),
		PIN:        idp.NewSecret(values.Get("pin")),
		PINConfirm: idp.NewSecret(values.Get("pin_confirm")),

		NewPassword: idp.NewSecret(values.Get("new_password")),
		Credential:  idp.NewSecret(values.Get(passkey.Field)),
	}
}
