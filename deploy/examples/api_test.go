package examples_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/server"
	"github.com/apscloud/apsid/internal/testenv"
)

const (
	rotaAPI  = "https://rota.example/api"
	payAPI   = "https://pay.example/api"
	callback = "https://app.example/callback" // nothing is there: the test reads the code off the address
	verifier = "a-verifier-of-sufficient-length-0123456789.~_"
)

func goAPI(t *testing.T) example {
	t.Helper()
	return example{t.TempDir(), []string{built(t, "./api-go")}}
}

func pythonAPI(t *testing.T) example {
	t.Helper()
	return example{"api-python", []string{testenv.Python(t), "-B", "app.py"}}
}

// built returns the path of a command, compiled.
func built(t *testing.T, pkg string) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), filepath.Base(pkg))
	if output, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, pkg).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	return binary
}

// ABUSE 10: the examples take the tokens that are meant for them, and no others, from the real provider.
func TestAPIsTakeTheirOwnTokensOnly(t *testing.T) {
	t.Parallel()
	p := startBinary(t)
	for name, make := range map[string]func(*testing.T) example{"Go": goAPI, "Python": pythonAPI} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := freeAddress(t)
			make(t).start(t, "ISSUER="+p.issuer, "API_IDENTIFIER="+rotaAPI, "CLIENT_ID=rota-api", "CLIENT_SECRET="+secret, "LISTEN="+address)
			awaitAnswer(t, "http://"+address+"/shifts")
			p.isProtected(t, "http://"+address+"/shifts")
		})
	}
}

func (p provider) isProtected(t *testing.T, api string) {
	t.Helper()
	mine := p.signIn(t, rotaAPI)
	token := mine["access_token"].(string)
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		if status, body, _ := call(t, method, api, token); status != http.StatusOK || !strings.Contains(body, `"rota"`) || !strings.Contains(body, string(practice)) {
			t.Errorf("%s with a person's token: %d %s", method, status, body)
		}
	}
	machine := p.token(t, url.Values{"grant_type": {"client_credentials"}, "resource": {rotaAPI}}, "roster")["access_token"].(string)
	if status, body, _ := call(t, http.MethodGet, api, machine); status != http.StatusOK || !strings.Contains(body, `"roster"`) {
		t.Errorf("with an integration's token: %d %s", status, body)
	}
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		status, body, challenge := call(t, method, api, "")
		if status != http.StatusUnauthorized || len(challenge) < 6 || !strings.EqualFold(challenge[:6], "Bearer") {
			t.Errorf("%s without a token: %d %q %s", method, status, challenge, body)
		}
		for what, wrong := range map[string]string{
			"a token for another API":   p.signIn(t, payAPI)["access_token"].(string),
			"a token for the app":       p.signIn(t, "")["access_token"].(string),
			"an ID token":               mine["id_token"].(string),
			"a refresh token":           mine["refresh_token"].(string),
			"a changed token":           token[:len(token)-6] + "AAAAAA",
			"a token of the management": p.token(t, url.Values{"grant_type": {"client_credentials"}}, "roster")["access_token"].(string),
			"rubbish":                   "x.y.z",
		} {
			if status, body, challenge := call(t, method, api, wrong); status != http.StatusUnauthorized || !strings.Contains(challenge, "invalid_token") {
				t.Errorf("%s with %s: %d %q %s", method, what, status, challenge, body)
			}
		}
	}
	if status, body, challenge := call(t, http.MethodPost, api, machine); status != http.StatusForbidden || !strings.Contains(challenge+body, "insufficient_scope") {
		t.Errorf("without the scope: %d %q %s", status, challenge, body)
	}
	for _, own := range []string{"/oauth/userinfo", "/api/v1/practices"} { // what an API is given opens nothing of the provider
		if status, body, _ := call(t, http.MethodGet, p.issuer+own, token); status != http.StatusUnauthorized {
			t.Errorf("at %s: %d %s", own, status, body)
		}
	}

	// What is revoked is over at once where the API asks; where it only looks at the token, when that expires.
	p.post(t, "/oauth/revoke", url.Values{"token": {token}}, "rota")
	if status, _, _ := call(t, http.MethodPost, api, token); status != http.StatusUnauthorized {
		t.Errorf("a revoked token, asked about: %d", status)
	}
	if status, _, _ := call(t, http.MethodGet, api, token); status != http.StatusOK {
		t.Errorf("a revoked token, looked at: %d", status)
	}
}

// call asks an API and returns status, body and challenge.
func call(t *testing.T, method, address, token string) (status int, body, challenge string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, address, http.NoBody)
	must(t, err)
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	return send(t, http.DefaultClient, request)
}

func send(t *testing.T, client *http.Client, request *http.Request) (status int, body, challenge string) {
	t.Helper()
	response, err := client.Do(request)
	must(t, err)
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	must(t, err)
	return response.StatusCode, string(text), response.Header.Get("WWW-Authenticate")
}

// provider is apsid itself, running as it is shipped.
type provider struct{ issuer string }

// startBinary runs it on stores in which an app, an integration, two APIs and a person are registered.
func startBinary(t *testing.T) provider {
	t.Helper()
	address := freeAddress(t)
	p := provider{"http://" + address}
	state := t.TempDir()
	issuer, err := url.Parse(p.issuer)
	must(t, err)
	places, err := config.Stores{Sealed: config.Sealed{Database: config.Database{StateDir: state}, MakeSealKeys: true}}.Complete()
	must(t, err)
	_, err = server.Migrate(t.Context(), places.SQL)
	must(t, err)
	console, err := server.OpenConsole(t.Context(), places, issuer, slog.New(slog.DiscardHandler))
	must(t, err)
	fillForAPIs(t, console.Directory())
	must(t, console.Close())

	example{t.TempDir(), []string{built(t, "../../cmd/apsid"), "serve"}}.start(t,
		"APSID_ISSUER="+p.issuer, "APSID_LISTEN="+address, "APSID_STATE_DIR="+state, "APSID_SMS=inbox", "APSID_LOG_LEVEL=error", "APSID_SHUTDOWN_PAUSE=0s")
	awaitAnswer(t, p.issuer+"/.well-known/openid-configuration")
	return p
}

func fillForAPIs(t *testing.T, d *directory.Directory) {
	t.Helper()
	ctx, now := t.Context(), time.Now()
	_, err := d.Practices.CreatePractice(ctx, system(), directory.NewPractice{
		ID: practice, Kind: idp.PracticeCustomer, MFA: idp.MFAOff,
		PracticeDetails: idp.PracticeDetails{Name: "Rota & Daughters", Region: idp.RegionAU, TimeZone: "Australia/Sydney"},
	}, now)
	must(t, err)
	for _, r := range []idp.Registration{
		{ID: "rota-api", Name: "Rota's API", Kind: idp.ClientAPI, Identifier: rotaAPI, Scopes: []string{"rota.read", "rota.write"}, PartOf: "rota"},
		{ID: "pay-api", Name: "Pay's API", Kind: idp.ClientAPI, Identifier: payAPI, Scopes: []string{"pay.read"}},
		{
			ID: "rota", Name: "Rota", Kind: idp.ClientWeb, RedirectURIs: []string{callback}, RefreshTokens: true,
			Scopes: []string{"openid", "profile", "offline_access", "rota.read", "rota.write", "pay.read"},
		},
		{
			ID: "payroll", Name: "Payroll", Kind: idp.ClientWeb, RedirectURIs: []string{callback}, Scopes: []string{"openid", "rota.read", "rota.write"},
			Exchanges: []idp.Exchange{{API: "rota-api", Scopes: []string{"rota.read", "rota.write"}}},
		},
		{ID: "roster", Name: "Roster", Kind: idp.ClientMachine, PracticeID: practice, Scopes: []string{"rota.read"}},
	} {
		_, _, err := d.Clients.RegisterClient(ctx, system(), directory.NewClient{Registration: r, Secret: idp.NewSecret(secret)}, now)
		must(t, err)
	}
	must(t, d.Practices.AddApp(ctx, system(), practice, "rota", now))
	must(t, d.Practices.AddApp(ctx, system(), practice, "payroll", now))
	_, err = d.People.CreateUser(ctx, system(), directory.NewUser{PracticeID: practice, Username: username, Name: "Nell Rota", Password: idp.NewSecret(password)}, now)
	must(t, err)
}

// signIn signs the person in at the app, which asks for a token for this API; "": for none.
func (p provider) signIn(t *testing.T, resource string) map[string]any {
	t.Helper()
	sum := sha256.Sum256([]byte(verifier))
	query := url.Values{
		"client_id": {"rota"}, "redirect_uri": {callback}, "response_type": {"code"}, "state": {"s"}, "nonce": {"n"},
		"scope":          {"openid profile offline_access rota.read rota.write pay.read"},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"},
	}
	if resource != "" {
		query.Set("resource", resource)
	}
	b := newBrowser(t)
	var code string
	b.client.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(r.URL.String(), callback) {
			code = r.URL.Query().Get("code")
			return http.ErrUseLastResponse
		}
		return nil
	}
	form := b.get(t, p.issuer+"/authorize?"+query.Encode(), nil)
	b.post(t, form.Request.URL.String(), "application/x-www-form-urlencoded", url.Values{"username": {username}, "password": {password}}.Encode())
	if code == "" {
		t.Fatalf("no code, but %s", form.Request.URL)
	}
	return p.token(t, url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {callback}, "code_verifier": {verifier}}, "rota")
}

func (p provider) token(t *testing.T, form url.Values, client string) (answer map[string]any) {
	t.Helper()
	must(t, json.Unmarshal(p.post(t, "/oauth/token", form, client), &answer))
	return answer
}

func (p provider) post(t *testing.T, path string, form url.Values, client string) []byte {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.issuer+path, bytes.NewBufferString(form.Encode()))
	must(t, err)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.SetBasicAuth(client, url.QueryEscape(secret))
	status, body, _ := send(t, http.DefaultClient, request)
	if status != http.StatusOK {
		t.Fatalf("%s: %d %s", path, status, body)
	}
	return []byte(body)
}

// The guide holds the examples word for word, so that what people copy is what was run.
func TestTheGuideShowsTheAPIsAsTheyAre(t *testing.T) {
	text, err := os.ReadFile("../docs/protect-an-api.md")
	must(t, err)
	for name, language := range map[string]string{"api-go/main.go": "go", "api-python/app.py": "python"} {
		if !strings.Contains(string(text), "```"+language+"\n"+read(t, name)+"```\n") {
			t.Errorf("the guide does not hold %s as it is", name)
		}
	}
}
