package rptest_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/pkg/apsid"
	"github.com/apscloud/apsid/pkg/rp"
	"github.com/apscloud/apsid/pkg/rp/rptest"
)

// This is how an app tests itself: its own handler, a person who is signed in without a password, and a browser's cookies.
func TestAnAppTestsItself(t *testing.T) {
	provider := rptest.New(t)
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	app, err := rp.New(provider.Config(server.URL + "/auth/callback"))
	if err != nil {
		t.Fatal(err)
	}
	mux.Handle("/", app.Handler(app.RequireACR(apsid.ACRMFA, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s, _ := rp.SessionFrom(r.Context())
		_, _ = io.WriteString(w, "Hello "+s.Name)
	}))))
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar, Timeout: 10 * time.Second}
	page := func() string {
		response, err := client.Get(server.URL + "/page")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = response.Body.Close() }()
		text, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}

	if text := page(); !strings.Contains(text, "access_denied") {
		t.Errorf("nobody signs in: %s", text)
	}
	provider.SignIn("usr_mia", map[string]any{"name": "Mia", "acr": apsid.ACRMFA})
	if text := page(); text != "Hello Mia" {
		t.Errorf("Mia signs in: %s", text)
	}
	token, err := provider.Sign("logout+jwt", provider.LogoutClaims("usr_mia", provider.Sessions("usr_mia")[0]))
	if err != nil {
		t.Fatal(err)
	}
	if status, err := rptest.SendLogout(server.URL+app.BackchannelLogoutPath(), token); err != nil || status != http.StatusOK {
		t.Errorf("told to sign out: %d %v", status, err)
	}
	provider.Refuse()
	if text := page(); !strings.Contains(text, "access_denied") {
		t.Errorf("signed out: %s", text)
	}
}

// The provider is as strict as the real one: an app that passes here must not fail there.
func TestRefreshTokenThatComesTwiceEndsTheSession(t *testing.T) {
	provider := rptest.New(t)
	provider.SignIn("usr_mia", nil)
	verifier := strings.Repeat("v", 43)
	query := url.Values{
		"client_id": {rptest.ClientID}, "response_type": {"code"}, "redirect_uri": {"http://127.0.0.1:9/cb"}, "scope": {"openid offline_access"},
		"code_challenge_method": {"S256"}, "code_challenge": {"7w_YNF9DSfIdPf_pRjSq646_kPr-2-o9NAl16JGghdM"},
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, Timeout: 10 * time.Second}
	response, err := client.Get(provider.Issuer() + "/authorize?" + query.Encode())
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	back, err := response.Location()
	if err != nil {
		t.Fatal(err)
	}
	status, first := exchange(t, provider, url.Values{
		"grant_type": {"authorization_code"}, "code": {back.Query().Get("code")}, "code_verifier": {verifier}, "redirect_uri": {"http://127.0.0.1:9/cb"},
	})
	if status != http.StatusOK {
		t.Fatalf("%d %v", status, first)
	}
	spent := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {first["refresh_token"].(string)}}
	if status, answer := exchange(t, provider, spent); status != http.StatusOK || answer["refresh_token"] == first["refresh_token"] {
		t.Errorf("the first time: %d", status)
	}
	if status, answer := exchange(t, provider, spent); status != http.StatusBadRequest || answer["error"] != "invalid_grant" {
		t.Errorf("the second time: %d %v", status, answer)
	}
	if alive := provider.Sessions("usr_mia"); len(alive) != 0 {
		t.Error("the session is alive")
	}
}

func exchange(t *testing.T, provider *rptest.Provider, form url.Values) (int, map[string]any) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, provider.Issuer()+"/token", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.SetBasicAuth(rptest.ClientID, rptest.ClientSecret)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	var answer map[string]any
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, answer
}
