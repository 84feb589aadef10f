package stockclients_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/testworld"
)

const (
	personName = "Nell O’Rota"
	password   = "candle-orchard-rota-9"

	// What the samples and their registrations say of the app and the provider, as the quick starts show them.
	writtenOrigin, writtenIssuer, writtenID = "https://rota.example.com", "https://id.example.com", "id: rota\n"
)

// provider is the real program that runs in this test, behind a proxy that speaks TLS as in production and writes down what it sees.
type provider struct {
	issuer   string
	places   []place // of the samples, in their order
	trust    *http.Transport
	folder   string // for its state
	binary   string
	outsider string // user name of a person whose practice has none of the apps

	certificate *x509.Certificate // its own, which is its authority's too

	mu    sync.Mutex
	calls []call
}

// place is where a sample runs, and what it is set up with.
type place struct {
	clientID, secret string
	origin, port     string
	username         string // of a person who uses this sample only
	caFile, issuer   string
	keyFile          string // of an app that authenticates by a key: a private JWK, as of the integration beside it
	machineKeyFile   string
}

// call is a request that the provider answered. Client and grant are those of the token endpoint; a request that is pushed has no grant.
type call struct {
	path, client, grant string
	status              int
}

// startProvider registers every sample with a person of its own, and serves until the test ends.
func startProvider(t *testing.T, binary string, all []sample) *provider {
	t.Helper()
	p := &provider{binary: binary, folder: t.TempDir(), outsider: "wanda@elsewhere.example"}
	back := freeAddress(t)
	front := httptest.NewUnstartedServer(p.proxy(back))
	front.StartTLS()
	t.Cleanup(front.Close)
	p.issuer = front.URL
	trust, ok := front.Client().Transport.(*http.Transport)
	if !ok {
		t.Fatal("the test server's client has another transport")
	}
	p.trust = trust
	p.certificate = front.Certificate()
	authority := filepath.Join(p.folder, "ca.pem")
	must(t, os.WriteFile(authority, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: front.Certificate().Raw}), 0o600))
	for _, one := range all {
		port := portOf(t, freeAddress(t))
		id := strings.ReplaceAll(one.folder, "/", "-")
		made := place{
			clientID: id, origin: "http://localhost:" + port, port: port, username: id + "@rota.example", caFile: authority, issuer: p.issuer,
		}
		if one.keyed {
			made.keyFile, made.machineKeyFile = p.newKey(t, id), p.newKey(t, id+machineSuffix)
		}
		p.places = append(p.places, made)
	}
	p.register(t, all)
	p.serve(t, back)
	return p
}

// built builds the program as make build does.
func built(t *testing.T) (binary string) {
	t.Helper()
	binary = filepath.Join(t.TempDir(), "apsid")
	build := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-o", binary, "../../cmd/apsid")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	return binary
}

// proxy hands requests on to the program and writes down how it answered.
func (p *provider) proxy(back string) http.Handler {
	target := &url.URL{Scheme: "http", Host: back}
	return &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.Out.Host = r.In.Host
			r.SetXForwarded()
			seen := call{path: r.In.URL.Path}
			if seen.path == "/oauth/token" || seen.path == "/oauth/par" {
				seen.client, seen.grant = tokenRequest(r.Out)
			}
			r.Out = r.Out.WithContext(context.WithValue(r.Out.Context(), callKey{}, seen))
		},
		ModifyResponse: func(response *http.Response) error {
			seen, _ := response.Request.Context().Value(callKey{}).(call)
			seen.status = response.StatusCode
			p.mu.Lock()
			defer p.mu.Unlock()
			p.calls = append(p.calls, seen)
			return nil
		},
		ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError),
	}
}

type callKey struct{}

// tokenRequest reads which client asks for what, and leaves the request as it was.
func tokenRequest(r *http.Request) (client, grant string) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return "", ""
	}
	r.Body = io.NopCloser(strings.NewReader(string(body)))
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return "", ""
	}
	client = form.Get("client_id")
	if signed := strings.Split(form.Get("client_assertion"), "."); client == "" && len(signed) == 3 {
		client = subjectOf(signed[1])
	}
	if id, _, ok := r.BasicAuth(); ok {
		client, _ = url.QueryUnescape(id) // one that can't be read is no client's
	}
	return client, form.Get("grant_type")
}

// answered is the status of the newest answer to this grant of the client; 0 if there was none.
func (p *provider) answered(grant, client string) (status int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.calls {
		if c.grant == grant && c.client == client {
			status = c.status
		}
	}
	return status
}

// count is how often a path was asked for.
func (p *provider) count(path string) (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.calls {
		if c.path == path {
			n++
		}
	}
	return n
}

// register gives the program the samples' own registrations, moved to where the samples run, and takes the secrets that it draws.
func (p *provider) register(t *testing.T, all []sample) {
	t.Helper()
	drawn := filepath.Join(p.folder, "secrets")
	arguments := []string{"apply", "--state-dir", p.folder, "--issuer", p.issuer, "--secrets-out", drawn, "-f", p.people(t)}
	for i, one := range all {
		text := read(t, filepath.Join(one.folder, "apsid.yaml"))
		if !strings.Contains(text, writtenOrigin) || !strings.Contains(text, writtenID) {
			t.Fatalf("%s/apsid.yaml is not of the app %q at %s", one.folder, writtenID, writtenOrigin)
		}
		text = strings.ReplaceAll(text, writtenOrigin, p.places[i].origin)
		text = strings.ReplaceAll(text, writtenID, "id: "+p.places[i].clientID+"\n")
		if one.keyed { // the integration's names begin with the app's
			text = strings.NewReplacer("id: rota"+machineSuffix, "id: "+p.places[i].clientID+machineSuffix, "rota.jwks", p.places[i].clientID+".jwks",
				"rota"+machineSuffix+".jwks", p.places[i].clientID+machineSuffix+".jwks").Replace(text)
		}
		file := filepath.Join(p.folder, p.places[i].clientID+".yaml")
		must(t, os.WriteFile(file, []byte(text), 0o600))
		arguments = append(arguments, "-f", file)
	}
	p.command(t, "migrate", "up", "--state-dir", p.folder)
	p.command(t, arguments...)
	secrets := secretsIn(t, drawn)
	for i := range p.places {
		p.places[i].secret = secrets[p.places[i].clientID]
	}
}

// secretsIn reads what --secrets-out wrote: a secret for each client.
func secretsIn(t *testing.T, file string) map[string]string {
	t.Helper()
	found := map[string]string{}
	lines := json.NewDecoder(strings.NewReader(read(t, file)))
	for {
		var line struct {
			ID     string `json:"client_id"`
			Secret string `json:"client_secret"`
		}
		err := lines.Decode(&line)
		if errors.Is(err, io.EOF) {
			return found
		}
		must(t, err)
		found[line.ID] = line.Secret
	}
}

// people is a file with the practice that has the apps, and a person for each: they get an invitation, as everybody new does.
func (p *provider) people(t *testing.T) (file string) {
	t.Helper()
	type practice struct {
		ID       string   `json:"id"`
		Name     string   `json:"name"`
		Region   string   `json:"region"`
		TimeZone string   `json:"time_zone"`
		Apps     []string `json:"apps"`
	}
	type person struct {
		Username string `json:"username"`
		Practice string `json:"practice"`
		Name     string `json:"name"`
	}
	var all struct {
		Practices []practice `json:"practices"`
		People    []person   `json:"people"`
	}
	one := practice{ID: "prc_rota", Name: "Rota & Daughters", Region: "AU", TimeZone: "Australia/Sydney"}
	for _, place := range p.places {
		one.Apps = append(one.Apps, place.clientID)
		all.People = append(all.People, person{place.username, one.ID, personName})
	}
	elsewhere := practice{ID: "prc_elsewhere", Name: "Elsewhere", Region: "NZ", TimeZone: "Pacific/Auckland", Apps: []string{}}
	all.Practices = append(all.Practices, one, elsewhere)
	all.People = append(all.People, person{p.outsider, elsewhere.ID, "Wanda Where"})
	text, err := json.Marshal(all)
	must(t, err)
	file = filepath.Join(p.folder, "people.yaml")
	must(t, os.WriteFile(file, text, 0o600))
	return file
}

// invited has a person take the link of their invitation and choose a password.
func (p *provider) invited(t *testing.T, username string) {
	t.Helper()
	v := p.visitor(t)
	var link string
	await(t, "an invitation of "+username, func() bool {
		var mails []struct{ To, Text string }
		must(t, json.Unmarshal([]byte(v.Get("/demo/inbox.json").Body), &mails))
		for _, mail := range mails {
			if at := strings.Index(mail.Text, p.issuer+"/account/link/"); at >= 0 && mail.To == username {
				link = strings.Fields(mail.Text[at:])[0]
			}
		}
		return link != ""
	})
	v.Get(link).OK(t, "link-invite")
	if page := v.Post(link, url.Values{"purpose": {"invite"}, "new_password": {password}}); page.Step != "done-invite" {
		t.Fatalf("the invitation led to %q (%d)\n%s", page.Step, page.Status, page.Body)
	}
}

// serve runs "apsid serve" until the test ends.
func (p *provider) serve(t *testing.T, back string) {
	t.Helper()
	start(t, exec.CommandContext(t.Context(), p.binary, "serve", "--listen", back, "--issuer", p.issuer, "--state-dir", p.folder,
		"--trusted-proxies", "127.0.0.1/32", "--sms", "inbox", "--backchannel-allow-loopback", "--log-level", "warn", "--shutdown-pause", "0s"))
	awaitAnswer(t, "http://"+back+"/readyz")
}

// command runs one of the program's commands to its end.
func (p *provider) command(t *testing.T, arguments ...string) {
	t.Helper()
	if output, err := exec.CommandContext(t.Context(), p.binary, arguments...).CombinedOutput(); err != nil {
		t.Fatalf("apsid %s: %v: %s", arguments[0], err, output)
	}
}

// visitor opens a new browser, which trusts the provider's certificate.
func (p *provider) visitor(t *testing.T) *testworld.Visitor {
	t.Helper()
	v := testworld.NewVisitor(t, p.issuer)
	v.Client.Transport = wantsPages{&http.Transport{TLSClientConfig: &tls.Config{RootCAs: p.trust.TLSClientConfig.RootCAs, MinVersion: tls.VersionTLS12}}}
	t.Cleanup(v.Client.CloseIdleConnections)
	return v
}

// wantsPages says what it accepts, as every browser does: mod_auth_openidc leads nothing else to a sign-in.
type wantsPages struct{ *http.Transport }

func (w wantsPages) RoundTrip(request *http.Request) (*http.Response, error) {
	request = request.Clone(request.Context())
	request.Header.Set("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
	return w.Transport.RoundTrip(request)
}

// endSessions signs the person out everywhere, from a browser that the app knows nothing of.
func (p *provider) endSessions(t *testing.T, username string) {
	t.Helper()
	v := p.visitor(t)
	form := v.Get("/account/sessions").OK(t, "password")
	v.Post(form.At, url.Values{"username": {username}, "password": {password}}).OK(t, "sessions")
	v.Post("/account/sessions/end", url.Values{}).OK(t, "done-signed-out")
}

// start runs the sample until the test ends.
func (u *use) start(t *testing.T) {
	t.Helper()
	folder := t.TempDir()
	must(t, os.CopyFS(folder, os.DirFS(u.folder)))
	command := u.run(t, u.sample, u.place, folder)
	cmd := exec.CommandContext(t.Context(), command[0], command[1:]...)
	cmd.Dir, cmd.Env = folder, append(os.Environ(), u.environment()...)
	start(t, cmd)
	awaitAnswer(t, u.origin)
}

// environment is what the sample is set up with, and by which variables runtimes are told whom to trust.
func (s place) environment() []string {
	return []string{
		"ISSUER=" + s.issuer, "CLIENT_ID=" + s.clientID, "CLIENT_SECRET=" + s.secret, "APP_URL=" + s.origin, "PORT=" + s.port, "CA_FILE=" + s.caFile,
		"CLIENT_KEY_FILE=" + s.keyFile, "MACHINE_ID=" + s.clientID + machineSuffix, "MACHINE_KEY_FILE=" + s.machineKeyFile,
		"NODE_EXTRA_CA_CERTS=" + s.caFile, "SSL_CERT_FILE=" + s.caFile, "REQUESTS_CA_BUNDLE=" + s.caFile,
	}
}

// moved rewrites a sample's file, which says where the quick start has the app and the provider, for where they are; and what else is
// given as pairs of old and new.
func (s place) moved(t *testing.T, file string, also ...string) {
	t.Helper()
	pairs := append(also, writtenOrigin, s.origin, writtenIssuer, s.issuer, strings.TrimPrefix(writtenIssuer, "https://"), strings.TrimPrefix(s.issuer, "https://"))
	must(t, os.WriteFile(file, []byte(strings.NewReplacer(pairs...).Replace(read(t, file))), 0o600))
}

// start runs a command until the test ends, and shows what it said if the test failed.
func start(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	said := &output{}
	cmd.Stdout, cmd.Stderr = said, said
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 5 * time.Second
	must(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM) // it may have ended
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("%s said:\n%s", filepath.Base(cmd.Path), said)
		}
	})
}

// output is written to by a program and read by the test.
type output struct {
	mu   sync.Mutex
	text strings.Builder
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// freeAddress was free a moment ago.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	must(t, err)
	defer func() { must(t, l.Close()) }()
	return l.Addr().String()
}

func portOf(t *testing.T, address string) string {
	t.Helper()
	_, port, err := net.SplitHostPort(address)
	must(t, err)
	return port
}

// awaitAnswer waits until something answers at the address, whatever it says.
func awaitAnswer(t *testing.T, address string) {
	t.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	await(t, "an answer of "+address, func() bool {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody)
		must(t, err)
		response, err := client.Do(request)
		if err != nil {
			return false
		}
		must(t, response.Body.Close())
		return true
	})
}

func await(t *testing.T, what string, so func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !so(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	must(t, err)
	return string(text)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
