package sqlstore_test

import (
	"encoding/pem"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

func TestWhatTheNetworkCanReachInto(t *testing.T) {
	t.Setenv("PGSSLMODE", "")
	ca := filepath.Join(t.TempDir(), "ca.pem")
	server := httptest.NewTLSServer(nil)
	defer server.Close()
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	db := []string{"db.example:5432"}
	for address, want := range map[string]struct{ plain, unchecked []string }{
		"sqlite:/tmp/apsid.db": {},

		"postgres://u:hunter2@db.example/d":                                     {plain: db},
		"postgres://u:hunter2@db.example/d?sslmode=disable":                     {plain: db},
		"postgres://u:hunter2@db.example/d?sslmode=allow":                       {plain: db},
		"postgres://u:hunter2@db.example/d?sslmode=prefer":                      {plain: db},
		"postgres://u:hunter2@db.example/d?sslmode=require":                     {unchecked: db},
		"postgres://u:hunter2@db.example/d?sslmode=verify-ca":                   {unchecked: db},
		"postgres://u:hunter2@db.example/d?sslmode=require&sslrootcert=" + ca:   {},
		"postgres://u:hunter2@db.example/d?sslmode=verify-ca&sslrootcert=" + ca: {},
		"postgres://u:hunter2@db.example/d?sslmode=verify-full":                 {},
		"postgres://u:hunter2@db.example/d?sslrootcert=system":                  {},
		"postgres://u:hunter2@10.0.0.8:6543/d":                                  {plain: []string{"10.0.0.8:6543"}},
		"postgres://u:hunter2@[2001:db8::1]/d?sslmode=require":                  {unchecked: []string{"[2001:db8::1]:5432"}},
		"postgres://u:hunter2@127.0.0.1,db2.example:5433/d?sslmode=disable":     {plain: []string{"db2.example:5433"}},
		"postgres://u:hunter2@db.example,db2.example/d?sslmode=prefer":          {plain: []string{"db.example:5432", "db2.example:5432"}},
		"postgres://u:hunter2@/d?host=db.example&sslmode=disable":               {plain: db},
		"postgres://u:hunter2@127.0.0.1.db.example/d?sslmode=disable":           {plain: []string{"127.0.0.1.db.example:5432"}},
		"postgres://u:hunter2@127.0.0.1/d?sslmode=disable":                      {},
		"postgres://u:hunter2@127.3.2.1/d":                                      {},
		"postgres://u:hunter2@[::1]/d?sslmode=require":                          {},
		"postgres://u:hunter2@Localhost/d":                                      {},
		"postgres://u:hunter2@/d?host=/run/postgresql":                          {},
		"postgres://u:hunter2@%2Frun%2Fpostgresql/d?sslmode=disable":            {},
	} {
		plain, unchecked, err := sqlstore.Exposed(address)
		if err != nil || !slices.Equal(plain, want.plain) || !slices.Equal(unchecked, want.unchecked) {
			t.Errorf("%s: without TLS %q, unchecked %q, %v", address, plain, unchecked, err)
		}
	}
	t.Setenv("PGSSLMODE", "verify-full")
	if plain, unchecked, err := sqlstore.Exposed("postgres://u@db.example/d"); err != nil || plain != nil || unchecked != nil {
		t.Errorf("with PGSSLMODE: without TLS %q, unchecked %q, %v", plain, unchecked, err)
	}
	_, _, err := sqlstore.Exposed("postgres://u:hunter2@h:port/d")
	if idp.CodeOf(err) != idp.CodeInvalid || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("got %v", err)
	}
}
