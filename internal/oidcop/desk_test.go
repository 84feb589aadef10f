package oidcop_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/apscloud/apsid/internal/browser"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/signin"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

// desk stands in for package signin: the person at the browser is believed to be who the test says. Everything else is as it is: one
// cookie for each sitting, a real session, consumed once.
type desk struct {
	*house
	mu     sync.Mutex
	open   map[string]*sitting
	failed error         // what Begin answers
	factor *[]idp.Factor // of sign-ins with MFA; nil: an authenticator app of the person
}

type sitting struct {
	request signin.Request
	cookie  idp.Secret
	session *idp.Session // nil: not done
}

func (d *desk) Begin(_ context.Context, request signin.Request, _ string, now time.Time) (signin.Begun, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.failed != nil {
		return signin.Begun{}, d.failed
	}
	tx, cookie := idp.NewID(""), idp.RandomSecret(32)
	d.open[tx] = &sitting{request: request, cookie: cookie}
	return signin.Begun{Transaction: tx, Client: request.ClientID, State: signin.StatePassword, Cookie: cookie, ExpiresAt: now.Add(signin.Lifetime)}, nil
}

func (d *desk) Admit(context.Context, idp.ClientID, string, time.Time) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.failed
}

func (d *desk) Finish(ctx context.Context, b signin.Browser, now time.Time) (signin.Finished, error) {
	d.mu.Lock()
	found := d.open[b.Transaction]
	d.mu.Unlock()
	switch {
	case found == nil:
		return signin.Finished{}, idp.ErrNotFound
	case !found.cookie.Equal(b.Cookie.Reveal()):
		begun, err := d.Begin(ctx, found.request, "203.0.113.9", now)
		if err != nil {
			return signin.Finished{}, err
		}
		return signin.Finished{}, &signin.Restarted{Begun: begun}
	case found.session == nil:
		return signin.Finished{}, &signin.Unfinished{State: signin.StateTOTP}
	}
	d.mu.Lock()
	delete(d.open, b.Transaction)
	d.mu.Unlock()
	return signin.Finished{Request: found.request, Session: *found.session}, nil
}

// prove lets the user through, as far as the acr says.
func (d *desk) prove(tx string, user idp.UserID, practice idp.PracticeID, acr idp.ACR) {
	d.t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	found, now := d.open[tx], d.clock.read()
	client := must(d.sql.FindClient(context.Background(), found.request.ClientID))
	s := idp.Session{
		ID: idp.NewSID(), PracticeID: practice, UserID: user, ClientID: client.ID, BrowserHash: found.cookie.Hash(), ACR: acr,
		AMR: []idp.AMR{idp.AMRPassword}, AuthTime: now, CreatedAt: now, ExpiresAt: policy.SessionEnd(client, now),
	}
	s.LastActivity, s.SignOn = now, s.ID
	if acr == idp.ACRMFA {
		s.AMR = append(s.AMR, idp.AMROTP, idp.AMRMFA)
		s.Factors = []idp.Factor{{Kind: idp.KindTOTP, ID: "aut_of_" + idp.AuthenticatorID(user), At: now}}
		if d.factor != nil {
			s.Factors = *d.factor
		}
	}
	err := d.sql.InTx(context.Background(), func(tx *sqlstore.Tx) error { return tx.StartSession(context.Background(), s) })
	if err != nil {
		d.t.Fatal(err)
	}
	found.session = &s
}

// visitor is one browser: it keeps cookies and follows nothing by itself.
type visitor struct {
	*house
	jar map[string]string
}

func (h *house) visitor() *visitor { return &visitor{house: h, jar: make(map[string]string)} }

func (v *visitor) send(r *http.Request) *httptest.ResponseRecorder {
	for name, value := range v.jar {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	w := v.do(r)
	for _, c := range w.Result().Cookies() {
		if c.MaxAge < 0 {
			delete(v.jar, c.Name)
			continue
		}
		v.jar[c.Name] = c.Value
	}
	return w
}

func (v *visitor) get(path string, query url.Values) *httptest.ResponseRecorder {
	return v.send(httptest.NewRequest("GET", path+"?"+query.Encode(), nil))
}

func (v *visitor) post(path string, form url.Values) *httptest.ResponseRecorder {
	r := httptest.NewRequest("POST", path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return v.send(r)
}

// location is where an answer sends the browser.
func location(w *httptest.ResponseRecorder) *url.URL {
	return must(url.Parse(w.Header().Get("Location")))
}

// signIn makes the request and goes through the sign-in as ana (with MFA) or ben (without); it returns the last answer.
func (v *visitor) signIn(query url.Values, user idp.UserID) *httptest.ResponseRecorder {
	v.t.Helper()
	w := v.get("/authorize", query)
	step := strings.Split(location(w).Path, "/")
	if w.Code != http.StatusSeeOther || len(step) != 5 || step[1] != "signin" {
		v.t.Fatalf("no sign-in was begun: %d %s %s", w.Code, w.Header().Get("Location"), w.Body)
	}
	practice, acr := idp.PracticeID("prc_free"), idp.ACRPassword
	if user == "usr_ana" {
		practice, acr = "prc_mfa", idp.ACRMFA
	}
	v.desk.prove(step[3], user, practice, acr)
	return v.send(httptest.NewRequest("GET", browser.SigninPath(idp.ClientID(step[2]), step[3], "done"), nil))
}

// code signs ana in and returns the code.
func (v *visitor) code(query url.Values) string {
	v.t.Helper()
	w := v.signIn(query, "usr_ana")
	code := location(w).Query().Get("code")
	if code == "" {
		v.t.Fatalf("no code: %d %s", w.Code, w.Header().Get("Location"))
	}
	return code
}

// redemption is the good token request for a code of timesheets.
func redemption(code string, pairs ...string) url.Values {
	return with(url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {"https://timesheets.example/cb"}, "code_verifier": {verifier},
	}, pairs...)
}

// redeem exchanges the code at timesheets.
func (h *house) redeem(code string, pairs ...string) *httptest.ResponseRecorder {
	return h.post("/oauth/token", redemption(code, pairs...), "timesheets", secret)
}

// tokens signs ana in at timesheets and returns what the token endpoint says.
func (v *visitor) tokens(pairs ...string) map[string]any {
	v.t.Helper()
	w := v.redeem(v.code(request(pairs...)))
	if w.Code != http.StatusOK {
		v.t.Fatalf("%d %s", w.Code, w.Body)
	}
	return decode(v.t, w)
}

// refresh exchanges a refresh token at timesheets.
func (h *house) refresh(token string, pairs ...string) *httptest.ResponseRecorder {
	return h.post("/oauth/token", with(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}}, pairs...), "timesheets", secret)
}

// userinfo asks with a bearer token.
func (h *house) userinfo(token string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("GET", "/oauth/userinfo", nil)
	r.Header.Set("Authorization", "Bearer "+token)
	return h.do(r)
}
