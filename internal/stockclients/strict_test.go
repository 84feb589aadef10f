package stockclients_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/apscloud/apsid/internal/testenv"
)

// strictly has an app of FAPI 2.0 do what every sample does, and the integration beside it ask the management API: requests are pushed, both
// authenticate by keys, and their tokens are bound.
func (u *use) strictly(t *testing.T) {
	t.Helper()
	u.withoutScripts(t)
	if u.id.answered("", u.clientID) != http.StatusCreated {
		t.Error("no request was pushed")
	}
	if u.id.answered("authorization_code", u.clientID) != http.StatusOK {
		t.Error("no code was redeemed")
	}
	if _, err := os.Stat(filepath.Join(u.folder, "integration.mjs")); err != nil {
		return
	}
	folder := t.TempDir()
	must(t, os.CopyFS(folder, os.DirFS(u.folder)))
	must(t, os.Symlink(testenv.StockNodeModules(t), filepath.Join(folder, "node_modules")))
	integration := exec.CommandContext(t.Context(), "node", "integration.mjs")
	integration.Dir, integration.Env = folder, append(os.Environ(), u.environment()...)
	said, err := integration.CombinedOutput()
	if got := strings.TrimSpace(string(said)); err != nil || !strings.EqualFold(got, "dpop: Rota & Daughters") {
		t.Errorf("the integration said %q: %v", got, err)
	}
}

// machineSuffix ends the client ID of the integration that is registered beside an app.
const machineSuffix = "-machine"

// newKey makes a client's key: the public half beside its registration, and the file of the private one.
func (p *provider) newKey(t *testing.T, id string) (private string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	public, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: id}}})
	must(t, err)
	must(t, os.WriteFile(filepath.Join(p.folder, id+".jwks"), public, 0o600))
	text, err := json.Marshal(jose.JSONWebKey{Key: key, KeyID: id})
	must(t, err)
	private = filepath.Join(p.folder, id+".jwk")
	must(t, os.WriteFile(private, text, 0o600))
	return private
}

// subjectOf is whom an assertion is of, which names no client beside it. It is not verified: the provider does that.
func subjectOf(payload string) string {
	text, err := base64.RawURLEncoding.DecodeString(payload)
	var claims struct {
		Subject string `json:"sub"`
	}
	if err != nil || json.Unmarshal(text, &claims) != nil {
		return ""
	}
	return claims.Subject
}
