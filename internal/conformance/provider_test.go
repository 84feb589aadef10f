package conformance_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"net/http"
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

	"github.com/go-jose/go-jose/v4"

	"github.com/apscloud/apsid/internal/conformance"
)

// examples is what an external run of the suite is set up with; the provider here is set up with the same files.
const (
	examples = "../../deploy/examples/conformance/"
	suiteApp = "https://localhost.emobix.co.uk:8443/test/a/apsid"
)

// logoutClient is registered beside those of the examples: its logout tokens go to one module at a time.
const logoutClient = `
apps:
  - id: conformance-logout
    name: Conformance suite, logout
    kind: web
    secret_env: CONFORMANCE_SECRET_LOGOUT
    redirect_uris: [` + suiteApp + `/callback]
    post_logout_redirect_uris: [` + suiteApp + `/post_logout_redirect]
    backchannel_logout_uri: BACKCHANNEL
    scopes: [openid]
    pkce_optional: true
practices: [{id: prc_conformance, apps: [conformance-1, conformance-2, conformance-post, conformance-fapi2-1, conformance-fapi2-2, conformance-logout]}]
`

// program is where the program stands, and keys the one that makes clients' keys: all tests run the same ones.
var program, keysProgram string

func TestMain(m *testing.M) {
	folder, err := os.MkdirTemp("", "conformance")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	program, keysProgram = filepath.Join(folder, "apsid"), filepath.Join(folder, "keys")
	code := 1
	build := exec.Command("go", "build", "-o", folder, "github.com/apscloud/apsid/cmd/apsid", "github.com/apscloud/apsid/deploy/examples/conformance/keys")
	if said, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "%v\n%s", err, said)
	} else {
		code = m.Run()
	}
	_ = os.RemoveAll(folder)
	os.Exit(code)
}

// provider is the program itself, served over TLS.
type provider struct {
	t         *testing.T
	plan      plan
	keyed     map[conformance.Plan]keyedPlan
	issuer    string
	behind    *url.URL // the program, without TLS
	authority *x509.CertPool
	server    tls.Certificate // of every address on this machine
	keys      *signer
	relay     *relay
	received  *conformance.Receiver
}

// startProvider sets the program up with its own commands, and runs it until the test ends.
func startProvider(t *testing.T) *provider {
	t.Helper()
	folder := t.TempDir()
	front, back := listen(t), listen(t)
	address := back.Addr().String()
	must(t, back.Close())
	p := &provider{
		t: t, plan: readPlan(t), received: conformance.NewReceiver(), keys: newSigner(t),
		issuer: "https://" + front.Addr().String(), behind: &url.URL{Scheme: "http", Host: address},
	}
	roots := filepath.Join(folder, "roots.pem")
	p.certify(roots)
	p.relay = &relay{to: p.received, keys: p.keys}
	apps := p.serve(listen(t), p.relay)
	p.serve(front, p.proxy(nil))

	environment := []string{
		"APSID_STATE_DIR=" + filepath.Join(folder, "state"), "APSID_ISSUER=" + p.issuer, "SSL_CERT_FILE=" + roots,
	}
	for name, secret := range secrets() {
		environment = append(environment, name+"="+secret)
	}
	more := filepath.Join(folder, "logout.yaml")
	must(t, os.WriteFile(more, []byte(strings.ReplaceAll(logoutClient, "BACKCHANNEL", apps+"/backchannel_logout")), 0o600))
	execute(t, environment, program, "migrate", "up")
	execute(t, environment, program, "apply", "-f", examples+"clients.yaml")
	strict := withKeys(t)
	execute(t, environment, program, "apply", "-f", filepath.Join(strict, "fapi2.yaml"))
	execute(t, environment, program, "apply", "-f", more)
	execute(t, environment, program, "import", "users", examples+"people.csv", "--practice", "prc_conformance")
	p.keyed = map[conformance.Plan]keyedPlan{
		conformance.FAPI2: readKeyed(t, strict, "plan-fapi2.json"), conformance.FAPI2Machine: readKeyed(t, strict, "plan-fapi2-machine.json"),
	}
	p.run(environment, program, "serve", "--listen", address, "--trusted-proxies", "127.0.0.1/32", "--sms", "inbox",
		"--log-level", "error", "--backchannel-allow-loopback", "--hash-queue", "1000", "--hash-wait", "10s", "--shutdown-pause", "0s")
	return p
}

// secrets are those of the clients, by the names of the variables that the files take them from.
func secrets() map[string]string {
	all := map[string]string{}
	for _, name := range []string{"1", "2", "POST", "LOGOUT"} {
		all["CONFORMANCE_SECRET_"+name] = "a secret of the client " + name + ", which stands in this test only + % &"
	}
	return all
}

// plan is the configuration of an external run.
type plan struct {
	Server struct {
		Extensions []string `json:"allow_unexpected_metadata_fields"`
	}
	Client  named `json:"client"`
	Second  named `json:"client2"`
	Post    named `json:"client_secret_post"`
	Browser []struct {
		Tasks []struct{ Commands [][]any }
	}
}

type named struct {
	ID     string `json:"client_id"`
	Secret string `json:"client_secret"` // the variable that holds it
}

func (n named) client() conformance.Client {
	return conformance.Client{ID: n.ID, Secret: secrets()[n.Secret]}
}

// keyedPlan is the configuration of an external run of a FAPI 2.0 plan.
type keyedPlan struct {
	Client, Client2 struct {
		ID    string             `json:"client_id"`
		Scope string             `json:"scope"`
		Keys  jose.JSONWebKeySet `json:"jwks"`
	}
	Resource struct {
		URL string `json:"resourceUrl"`
	} `json:"resource"`
}

// withKeys makes the keys of an external run as its page says, and returns the folder with what was made.
func withKeys(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	for _, name := range []string{"fapi2.yaml", "plan-fapi2.json", "plan-fapi2-machine.json"} {
		text, err := os.ReadFile(examples + name)
		must(t, err)
		must(t, os.WriteFile(filepath.Join(folder, name), text, 0o600))
	}
	cmd := exec.CommandContext(t.Context(), keysProgram)
	cmd.Dir = folder
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	return filepath.Join(folder, "out")
}

func readKeyed(t *testing.T, folder, name string) (read keyedPlan) {
	t.Helper()
	written, err := os.ReadFile(filepath.Join(folder, name))
	must(t, err)
	must(t, json.Unmarshal(written, &read))
	return read
}

// clients are the two of a plan.
func (k keyedPlan) clients() (first, second conformance.KeyedClient) {
	return conformance.KeyedClient{ID: k.Client.ID, Key: k.Client.Keys.Keys[0], Scope: k.Client.Scope},
		conformance.KeyedClient{ID: k.Client2.ID, Key: k.Client2.Keys.Keys[0], Scope: k.Client2.Scope}
}

func readPlan(t *testing.T) (read plan) {
	t.Helper()
	written, err := os.ReadFile(examples + "plan.json")
	must(t, err)
	must(t, json.Unmarshal(written, &read))
	return read
}

// typed is what the plan's browser types into a field.
func (p plan) typed(field string) string {
	for _, task := range p.Browser[0].Tasks {
		for _, command := range task.Commands {
			if command[0] == "text" && command[2] == field {
				return command[3].(string)
			}
		}
	}
	return ""
}

// config is that of a module, at the provider or at what stands in front of it.
func (p *provider) config(m conformance.Module, at http.RoundTripper) conformance.Config {
	c := conformance.Config{
		Issuer: p.issuer, Transport: at, App: suiteApp, Received: p.received, Extensions: p.plan.Server.Extensions,
		Person: conformance.Person{Username: p.plan.typed("username"), Password: p.plan.typed("password")},
		Client: p.plan.Client.client(), Second: p.plan.Second.client(), Post: p.plan.Post.client(),
	}
	if strict, found := p.keyed[m.Plan]; found {
		c.Keyed, c.KeyedSecond = strict.clients()
		c.API = strings.Replace(strict.Resource.URL, "https://id.example.com", p.issuer, 1)
	}
	if m.Plan == conformance.BackchannelLogout {
		c.Client = named{"conformance-logout", "CONFORMANCE_SECRET_LOGOUT"}.client()
	}
	return c
}

// reach is a way to the provider. An address is where something stands that answers in its name; "" is the provider itself.
func (p *provider) reach(address string) http.RoundTripper {
	dialer := &net.Dialer{}
	return patient{&http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: p.authority, MinVersion: tls.VersionTLS12},
		DialContext: func(ctx context.Context, network, to string) (net.Conn, error) {
			if address != "" && "https://"+to == p.issuer {
				to = strings.TrimPrefix(address, "https://")
			}
			return dialer.DialContext(ctx, network, to)
		},
	}}
}

// patient asks again where the provider says that it is busy and when to come back: all modules run at once here, on a machine that runs
// other tests too, and each sign-in hashes a password.
type patient struct{ next http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (p patient) RoundTrip(r *http.Request) (*http.Response, error) {
	const tries, pause = 30, 500 * time.Millisecond
	for try := 1; ; try++ {
		response, err := p.next.RoundTrip(r)
		if err != nil || response.StatusCode != http.StatusServiceUnavailable || response.Header.Get("Retry-After") == "" || try == tries {
			return response, err
		}
		_ = response.Body.Close()
		if r.GetBody != nil {
			r = r.Clone(r.Context())
			r.Body, err = r.GetBody()
			if err != nil {
				return nil, err
			}
		}
		select {
		case <-time.After(pause):
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
	}
}

// proxy passes what comes over TLS on to the program; broken, if there is one, may change it both ways.
func (p *provider) proxy(broken *breach) http.Handler {
	return broken.around(&httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(p.behind)
			r.Out.Host = r.In.Host
			r.SetXForwarded()
			r.Out.Header.Del("Accept-Encoding")
			broken.onRequest(r.Out)
		},
		ModifyResponse: broken.onResponse,
		ErrorLog:       slog.NewLogLogger(slog.DiscardHandler, slog.LevelError),
	})
}

// certify makes an authority and a certificate of it for this machine, and writes the authority's to a file.
func (p *provider) certify(roots string) {
	p.t.Helper()
	ours, at := key(p.t), time.Now().Add(-time.Hour)
	authority := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Authority of a test"},
		NotBefore: at, NotAfter: at.AddDate(0, 0, 2),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	server := &x509.Certificate{
		SerialNumber: big.NewInt(2), NotBefore: at, NotAfter: at.AddDate(0, 0, 2),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		KeyUsage:    x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	its := key(p.t)
	root, err := x509.CreateCertificate(rand.Reader, authority, authority, &ours.PublicKey, ours)
	must(p.t, err)
	leaf, err := x509.CreateCertificate(rand.Reader, server, authority, &its.PublicKey, ours)
	must(p.t, err)
	p.server = tls.Certificate{Certificate: [][]byte{leaf}, PrivateKey: its}
	written := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root})
	p.authority = x509.NewCertPool()
	p.authority.AppendCertsFromPEM(written)
	must(p.t, os.WriteFile(roots, written, 0o600))
}

func key(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	return k
}

// serve answers over TLS until the test ends, and returns the address.
func (p *provider) serve(at net.Listener, handler http.Handler) string {
	server := &http.Server{
		Handler: handler, ReadHeaderTimeout: 10 * time.Second, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError),
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{p.server}, MinVersion: tls.VersionTLS12},
	}
	go func() { _ = server.ServeTLS(at, "", "") }()
	p.t.Cleanup(func() { _ = server.Close() })
	return "https://" + at.Addr().String()
}

// run runs the program until the test ends, and returns once it answers.
func (p *provider) run(environment []string, name string, arguments ...string) {
	p.t.Helper()
	cmd, said := exec.Command(name, arguments...), &output{}
	cmd.Env, cmd.Stdout, cmd.Stderr = append(os.Environ(), environment...), said, said
	must(p.t, cmd.Start())
	p.t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
		if p.t.Failed() {
			p.t.Logf("the provider said:\n%s", said)
		}
	})
	client := &http.Client{Transport: p.reach(""), Timeout: 5 * time.Second}
	for began := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		response, err := client.Get(p.issuer + "/readyz")
		if err == nil {
			_ = response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return
			}
		}
		if time.Since(began) > time.Minute {
			p.t.Fatalf("the provider is not ready: %v\n%s", err, said)
		}
	}
}

// output is written to by the program and read by the test.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

func execute(t *testing.T, environment []string, name string, arguments ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, arguments...)
	cmd.Env = append(os.Environ(), environment...)
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(arguments, " "), err, said)
	}
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	return l
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
