package faulttest

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// userinfo, introspect, … are what an app does with a session. Each notes what became of it.

func (s *session) userinfo(w *world) bool {
	a, err := s.bearer(w, "userinfo_endpoint", "")
	return s.note(w, "userinfo", a, err, err == nil && a.status == http.StatusOK && decode(a.body)["sub"] != nil)
}

// report tells of the person's activity.
func (s *session) report(w *world) bool {
	a, err := s.bearer(w, "session_activity_endpoint", `{"idle_seconds":0}`)
	return s.note(w, "activity", a, err, err == nil && a.status == http.StatusOK)
}

func (s *session) introspect(w *world) bool {
	form := url.Values{"token": {s.access}, "client_id": {w.app.id}, "client_secret": {w.app.secret}}
	a, err := s.browser.ask(http.MethodPost, w.endpoint("introspection_endpoint"), form)
	active := err == nil && a.status == http.StatusOK && decode(a.body)["active"] == true
	return s.note(w, "introspection", a, err, active)
}

// bearer asks with the access token.
func (s *session) bearer(w *world, endpoint, body string) (answer, error) {
	request, err := http.NewRequestWithContext(context.Background(), http.MethodPost, w.endpoint(endpoint), strings.NewReader(body))
	fatal(w.t, err)
	request.Header.Set("Authorization", "Bearer "+s.access)
	request.Header.Set("Content-Type", "application/json")
	return s.browser.send(request)
}

// renew uses the refresh token. Whether one took place that was not answered is unknown, so the app tries again while a rotated token
// is answered again.
func (s *session) renew(w *world) bool {
	began := time.Now()
	for {
		a, err := w.token(s.browser, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {s.refresh}})
		if err == nil && a.status == http.StatusOK {
			used := s.refresh
			o, text := s.keep(w, a)
			s.spent = used
			w.tally.add(event{kind: "refresh", outcome: o, began: s.browser.began, text: text})
			if (text == byLeakedKey || text == byNewKey) && time.Since(began) < 8*time.Second {
				continue
			}
			return o == completed
		}
		s.note(w, "refresh", a, err, false)
		if decode(a.body)["error"] == "invalid_grant" {
			if w.void.concerns(s) {
				return false
			}
			w.tally.lose("session %s: its refresh token is refused after %s: %s", s.sid, time.Since(began).Round(time.Millisecond), a.body)
			return false
		}
		if time.Since(began) > 8*time.Second {
			return false
		}
		time.Sleep(200 * time.Millisecond)
	}
}

// leave signs the person out of the app, and notes that it was acknowledged.
func (s *session) leave(w *world) {
	s.leaving = true
	address := w.endpoint("end_session_endpoint") + "?" + url.Values{"id_token_hint": {s.idToken}, "post_logout_redirect_uri": {unlistened}}.Encode()
	a, err := s.browser.ask(http.MethodGet, address, nil)
	if err == nil && a.status == http.StatusOK && w.app.leaked.signed(s.idToken) { // it proves nothing any more, and the person is asked
		a, err = s.browser.ask(http.MethodPost, w.endpoint("end_session_endpoint"), hiddenOf(a.body))
	}
	if s.note(w, "log-out", a, err, err == nil && strings.HasPrefix(a.to, unlistened)) {
		s.overAt = time.Now()
	}
}

// note counts one operation of the session. Once what proved it is withdrawn, an answer that says so is a refusal.
func (s *session) note(w *world, kind string, a answer, err error, good bool) bool {
	if !good && err == nil && a.status == http.StatusOK && (w.app.leaked.signed(s.access) || w.void.concerns(s)) {
		w.tally.add(event{kind: kind, outcome: refused, began: s.browser.began, text: "not good any more"})
		return false
	}
	return w.note(kind, s.browser, a, err, good)
}

// note counts one operation, and reports whether it completed.
func (w *world) note(kind string, b *browser, a answer, err error, good bool) bool {
	o, text := completed, ""
	if !good {
		o, text = w.judge(a, err)
	}
	w.tally.add(event{kind: kind, outcome: o, began: b.began, text: text})
	return good
}

// machineToken gets a token for the integration, and verifies it.
func (w *world) machineToken(b *browser) {
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {w.machine.id}, "client_secret": {w.machine.secret}}
	a, err := b.ask(http.MethodPost, w.endpoint("token_endpoint"), form)
	if err == nil && a.status == http.StatusOK {
		access, _ := decode(a.body)["access_token"].(string)
		began := b.began
		if _, err := w.app.keys.VerifySignature(context.Background(), access); err != nil {
			o, text := w.unverified(access, began, err)
			w.tally.add(event{kind: "machine token", outcome: o, began: began, text: text})
			return
		}
	}
	w.note("machine token", b, a, err, err == nil && a.status == http.StatusOK)
}

func (w *world) discovery(b *browser) {
	a, err := b.ask(http.MethodGet, w.balancer.url()+"/.well-known/openid-configuration", nil)
	w.note("discovery", b, a, err, err == nil && a.status == http.StatusOK && decode(a.body)["issuer"] == w.balancer.url())
}

// account opens a page of APS ID itself, which leads a person who is not signed in to its first step.
func (w *world) account(b *browser) {
	a, err := b.ask(http.MethodGet, w.balancer.url()+"/account", nil)
	for range 5 {
		if err != nil || a.to == "" {
			break
		}
		a, err = b.ask(http.MethodGet, a.to, nil)
	}
	w.note("account page", b, a, err, err == nil && a.status == http.StatusOK && a.step == "password")
}
