package server_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/seal"
	"github.com/apscloud/apsid/internal/server"
	"github.com/apscloud/apsid/internal/store/storetest"
	"github.com/apscloud/apsid/internal/testenv"
)

// sound is an installation without a mistake: a node that runs behind a TLS proxy, with real stores and providers.
type sound struct {
	given config.Server
	asked server.Asked
	mail  *mailServer
	next  http.Handler // what answers at the issuer's address
	node  http.Handler // the node itself
	owner string       // the URL of the database for its owner
	redis string       // the URL of a Redis of its own
}

func newSound(t *testing.T) *sound {
	t.Helper()
	t.Setenv("AWS_ACCESS_KEY_ID", "test")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "test")
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	s := &sound{mail: &mailServer{}, redis: testenv.RedisServer(t)}
	way := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.next.ServeHTTP(w, r) }))
	t.Cleanup(way.Close)
	s.asked.Roots = x509.NewCertPool()
	s.asked.Roots.AddCert(way.Certificate())
	database := storetest.Postgres(t)
	s.owner = testenv.AsOwner(t, nameOf(t, database))
	s.mail.tls = &tls.Config{Certificates: way.TLS.Certificates}
	s.given = nodeOf(t, way.URL, func(c *config.Server) {
		c.HTTP.TrustedProxies = []string{"127.0.0.1"}
		c.Stores.DatabaseURL = config.NewSecret(withQuery(t, database, "pool_max_conns", "4"))
		c.Stores.RedisURL = config.NewSecret(s.redis)
		c.Stores.MakeSealKeys = false
		c.Texts = config.SMS{Sender: config.SenderSNS, SNSRegion: "ap-southeast-2", SNSSenderID: "APSID", SNSEndpoint: testenv.Moto(t)}
		c.Mail = config.Mail{SMTPURL: config.NewSecret("smtp://aps:s3cret@" + startMail(t, s.mail)), MailFrom: "APS ID <no-reply@aps.com.au>"}
		c.Support.Phone = "1300 000 000"
		c.Log.Level = "info"
	})
	makeKeys(t, s.given.Stores.SealKeys)
	s.node = running(t, s.given)
	s.next = proxyTo(t, s.node, func(r *httputil.ProxyRequest) {
		r.Out.Host = r.In.Host
		r.Out.Header.Del("Client-Cert")
		r.SetXForwarded()
	})
	return s
}

func makeKeys(t *testing.T, path string) {
	t.Helper()
	if _, err := (seal.Source{File: path}).LoadOrCreate(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// nameOf is the name of a database.
func nameOf(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimPrefix(u.Path, "/")
}

func withQuery(t *testing.T, address, name, value string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set(name, value)
	u.RawQuery = q.Encode()
	return u.String()
}

// sql runs statements as the owner of the database; undo runs when the test ends.
func (s *sound) sql(t *testing.T, do, undo string) {
	t.Helper()
	run := func(text string) {
		conn, err := pgx.Connect(context.Background(), s.owner)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close(context.Background()) }()
		if _, err := conn.Exec(context.Background(), text); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
	}
	run(do)
	t.Cleanup(func() { run(undo) })
}

// mistake is one that an operator can make, and the one line that says so.
type mistake struct {
	name  string
	check string
	says  string // how the line begins: its state and text
	mend  string // in what it says to do
	make  func(t *testing.T, s *sound, c *config.Server, a *server.Asked)
	also  string // the checks that find something too, or can't be made, separated by commas
}

// The rows that are no part of the table: tests of their own hold them.
const noDatabase = "database server,database role,database connections,schema,audit trail,stored issuer,signing keys,user names,apps without PKCE,apps and FAPI 2.0"

func TestTheDoctorFindsMistakes(t *testing.T) {
	base := newSound(t)
	t.Run("sound", func(t *testing.T) {
		given := base.given
		given.MTLS.BaseURL = given.HTTP.Issuer
		for _, each := range append(server.Examine(t.Context(), base.given, base.asked), server.Examine(t.Context(), given, base.asked)...) {
			if each.State != server.Well {
				t.Errorf("got %+v", each)
			}
		}
	})
	t.Run("sound, by names", func(t *testing.T) {
		given := base.given
		tellsNamesApart(t, base, &given)
		for _, each := range server.Examine(t.Context(), given, base.asked) {
			if each.State != server.Well {
				t.Errorf("got %+v", each)
			}
		}
	})
	for _, m := range mistakes() {
		t.Run(m.name, func(t *testing.T) {
			given, asked := base.given, base.asked
			m.make(t, base, &given, &asked)
			met := false
			for _, each := range server.Examine(t.Context(), given, asked) {
				switch {
				case each.Check == m.check:
					met = true
					if line := string(each.State) + " " + each.Text; !strings.HasPrefix(line, m.says) || !strings.Contains(each.Mend, m.mend) {
						t.Errorf("got %+v", each)
					}
				case each.State != server.Well && !strings.Contains(","+m.also+",", ","+each.Check+","):
					t.Errorf("besides: %+v", each)
				}
				if strings.ContainsAny(each.Text+each.Mend, "\r\n\t") || strings.Contains(each.Text, "s3cret") {
					t.Errorf("more than a line, or a secret: %+v", each)
				}
			}
			if !met {
				t.Error("no line")
			}
		})
	}
}

// given returns a mistake that is in the settings alone.
func given(change func(c *config.Server)) func(*testing.T, *sound, *config.Server, *server.Asked) {
	return func(_ *testing.T, _ *sound, c *config.Server, _ *server.Asked) { change(c) }
}

// inDatabase returns a mistake that the owner of the database makes, and how it is undone.
func inDatabase(do, undo string) func(*testing.T, *sound, *config.Server, *server.Asked) {
	return func(t *testing.T, s *sound, _ *config.Server, _ *server.Asked) { s.sql(t, do, undo) }
}

// redisWith returns a mistake of another Redis, which is started with arguments.
func redisWith(arguments ...string) func(*testing.T, *sound, *config.Server, *server.Asked) {
	return func(t *testing.T, _ *sound, c *config.Server, _ *server.Asked) {
		c.Stores.RedisURL = config.NewSecret(testenv.RedisServer(t, arguments...))
	}
}

// written is a file with the text and mode.
func written(t *testing.T, text string, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
	return path
}

// contentOf is the content of a file.
func contentOf(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// occupied is an address at which something else listens.
func occupied(t *testing.T) string {
	t.Helper()
	other := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(other.Close)
	return other.Listener.Addr().String()
}

// mute is an address that takes connections and says nothing.
func mute(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			go func() { _, _ = io.Copy(io.Discard, c) }()
		}
	}()
	return listener.Addr().String()
}

// answering is a server of HTTP that always answers so.
func answering(t *testing.T, status int, text string) string {
	t.Helper()
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, text)
	}))
	t.Cleanup(other.Close)
	return other.URL
}

// ahead is a clock that is wrong.
func ahead(by time.Duration) func(*testing.T, *sound, *config.Server, *server.Asked) {
	return func(_ *testing.T, _ *sound, _ *config.Server, a *server.Asked) {
		a.Clock = func() time.Time { return time.Now().Add(-by) }
	}
}

// quiet is a logger for nodes.
func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// runOnce starts a node and stops it.
func runOnce(t *testing.T, given config.Server) {
	t.Helper()
	node, err := server.New(t.Context(), completed(t, given), server.Deps{Logger: quiet()})
	if err != nil {
		t.Fatal(err)
	}
	if err := node.Close(); err != nil {
		t.Fatal(err)
	}
}

// freeAddress is one of this machine at which nothing listens.
func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().String()
}

// isOpen reports whether something listens there.
func isOpen(address string) bool {
	c, err := net.Dial("tcp", address)
	return err == nil && c.Close() == nil
}

func getText(t *testing.T, address string) string {
	t.Helper()
	response, err := http.Get(address)
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
