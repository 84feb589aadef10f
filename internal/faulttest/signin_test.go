package faulttest

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/pquerna/otp/totp"
	"golang.org/x/oauth2"
)

// session is what an app holds of a person who signed in.
type session struct {
	browser                  *browser
	sid                      string
	code                     string // spent
	verifier                 string
	access, refresh, idToken string
	spent                    string    // a refresh token that was used; "" if none was
	began                    time.Time // when the sign-in did
	held                     time.Time // when the app had its tokens
	leaving                  bool      // a log-out was sent
	overAt                   time.Time // when it was acknowledged; zero: never
}

// attempt is one sign-in under way.
type attempt struct {
	*browser
	person   *person
	verifier string
	given    int // how many texts the person had got before
	typed    bool
	again    func() bool // reports whether a request that was not answered is made again, as by a person who reloads; nil: never
}

// signIn is a whole sign-in to the app: its pages, the code, and the tokens for it. It notes what became of it, and returns nil if it did
// not complete.
func (w *world) signIn(who *person) *session {
	began, b := time.Now(), newBrowser(w, who.address)
	at := &attempt{browser: b, person: who, verifier: oauth2.GenerateVerifier(), given: len(w.sns.to(who.phone))}
	code, o, text := at.pages()
	if code == "" {
		w.tally.add(event{kind: "sign-in", outcome: o, began: b.began, text: text})
		return nil
	}
	if texts := len(w.sns.to(who.phone)) - at.given; who.phone != "" && texts > 1 {
		w.tally.double("%d texts for one sign-in", texts)
	}
	s := &session{browser: b, code: code, verifier: at.verifier, began: began}
	o, text = s.exchange(w)
	s.held = time.Now()
	w.tally.add(event{kind: "sign-in", outcome: o, began: b.began, text: text})
	if o != completed {
		return nil
	}
	return s
}

// pages goes from page to page as a person does, until the browser is sent back to the app. code is "" if it is not, or without one.
func (at *attempt) pages() (code string, o outcome, text string) {
	w := at.world
	address := w.endpoint("authorization_endpoint") + "?" + url.Values{
		"response_type": {"code"}, "client_id": {w.app.id}, "redirect_uri": {unlistened}, "scope": {"openid offline_access"}, "state": {"s"}, "nonce": {"n"},
		"code_challenge": {oauth2.S256ChallengeFromVerifier(at.verifier)}, "code_challenge_method": {"S256"},
	}.Encode()
	a, err := at.ask(http.MethodGet, address, nil)
	for range 16 {
		switch {
		case err != nil && at.again != nil && at.again():
			a, err = at.ask(http.MethodGet, address, nil)
			continue
		case err != nil || a.status >= 400:
			o, text := w.judge(a, err)
			return "", o, text
		case strings.HasPrefix(a.to, unlistened):
			return w.sentBack(a.to)
		case a.to != "":
			address = a.to
			a, err = at.ask(http.MethodGet, address, nil)
			continue
		}
		form, why := at.form(a)
		if form == nil {
			return "", refused, why
		}
		a, err = at.ask(http.MethodPost, address, form)
	}
	return "", broken, "redirects without end"
}

// sentBack reads the answer that the browser carries to the app.
func (w *world) sentBack(to string) (code string, o outcome, text string) {
	back, err := url.Parse(to)
	if err != nil {
		return "", broken, err.Error()
	}
	q := back.Query()
	switch {
	case q.Get("iss") != w.balancer.url() || q.Get("state") != "s":
		return "", broken, "sent back with another iss or state"
	case q.Get("error") == "temporarily_unavailable":
		return "", refused, "sent back: " + q.Get("error")
	case q.Get("code") == "":
		return "", broken, "sent back: " + q.Get("error")
	}
	return q.Get("code"), completed, ""
}

// form is what the person types on a page; nil if that leads nowhere, and why.
func (at *attempt) form(a answer) (form url.Values, why string) {
	switch a.step {
	case "password":
		if at.typed {
			return nil, "started again: " + titleOf(a.body)
		}
		at.typed = true
		return url.Values{"username": {at.person.username}, "password": {password}}, ""
	case "totp":
		code, err := totp.GenerateCode(at.person.key, time.Now())
		fatal(at.world.t, err)
		return url.Values{"code": {code}}, ""
	case "sms":
		code, found := at.world.sns.await(at.person.phone, at.given)
		if !found {
			return nil, "no text came: " + titleOf(a.body)
		}
		return url.Values{"code": {code}}, ""
	case "recovery-pin":
		return url.Values{"pin": {"830275"}, "pin_confirm": {"830275"}}, ""
	default:
		return nil, "at " + a.step + ": " + titleOf(a.body)
	}
}

// exchange gets the tokens for the code, and verifies them.
func (s *session) exchange(w *world) (outcome, string) {
	a, err := w.token(s.browser, url.Values{"grant_type": {"authorization_code"}, "code": {s.code}, "redirect_uri": {unlistened}, "code_verifier": {s.verifier}})
	if err != nil || a.status != http.StatusOK {
		o, text := w.judge(a, err)
		if text == "invalid_grant" && !w.forgets {
			o = broken
		}
		return o, "code: " + text
	}
	return s.keep(w, a)
}

// keep takes the tokens of an answer, if they are good.
func (s *session) keep(w *world, a answer) (outcome, string) {
	got := decode(a.body)
	access, _ := got["access_token"].(string)
	refresh, _ := got["refresh_token"].(string)
	idToken, _ := got["id_token"].(string)
	verified, err := w.app.verify.Verify(context.Background(), idToken)
	if err != nil {
		s.refresh = cmp.Or(refresh, s.refresh)
		return w.unverified(idToken, s.browser.began, err)
	}
	if _, err := w.app.keys.VerifySignature(context.Background(), access); err != nil {
		s.refresh = cmp.Or(refresh, s.refresh)
		return w.unverified(access, s.browser.began, err)
	}
	var claims struct {
		SID string `json:"sid"`
	}
	if refresh == "" && w.void.concerns(s) { // the restore ended the session while its code was redeemed
		return refused, "tokens of a session that has ended"
	}
	if err := verified.Claims(&claims); err != nil || claims.SID == "" || refresh == "" || s.sid != "" && s.sid != claims.SID {
		return broken, "tokens that lack something"
	}
	s.sid, s.access, s.refresh, s.idToken = claims.SID, access, refresh, idToken
	return completed, ""
}

// unverified says what a token is that the app can't verify.
func (w *world) unverified(token string, began time.Time, err error) (outcome, string) {
	switch {
	case w.app.leaked.signed(token):
		return refused, byLeakedKey
	case w.app.leaked.settling(began):
		return refused, byNewKey
	}
	return broken, "token: " + withoutPorts(err.Error())
}

// token asks the token endpoint as the app.
func (w *world) token(b *browser, form url.Values) (answer, error) {
	form.Set("client_id", w.app.id)
	form.Set("client_secret", w.app.secret)
	return b.ask(http.MethodPost, w.endpoint("token_endpoint"), form)
}
