package stockclients_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/apscloud/apsid/internal/testenv"
)

// sample is an app made with a library that nobody here wrote. To add one: a folder with the app and its apsid.yaml, and a line in
// samples.
//
// The app is started with these in its environment: ISSUER, CLIENT_ID, CLIENT_SECRET, APP_URL (its own address, without a slash at the
// end) and PORT, where it listens on localhost; and with the certificate of the issuer's authority in CA_FILE and in the variables by
// which runtimes take one (see place.environment).
type sample struct {
	folder string // below this package, like node/openid-client; the app's client ID is it, with a dash
	run    runner

	signIn  string // the page that asks for a sign-in; "": /
	button  string // words on the button that has to be pressed there; "": the page leads to the sign-in by itself
	refresh string // the page that gets new tokens and shows the name again; "": the library leaves it to the app
	signOut string // where the app signs the person out, at the provider too; "": the library can't
	told    bool   // it takes back-channel logouts
	waits   string // for what in the provider it has to wait; "": it works
}

// runner makes the command that starts a sample in a folder of the test's own, which has a copy of it.
type runner func(t *testing.T, s sample, p place, folder string) []string

func samples() []sample {
	return []sample{
		{folder: "go/go-oidc", run: golang, waits: "a nonce instead of PKCE"},
		{folder: "go/zitadel", run: golang, signOut: "/logout"}, // refresh: "/refresh" waits for a secret by client_secret_post
		{folder: "node/openid-client", run: node, refresh: "/refresh", signOut: "/logout", waits: "a secret by client_secret_post"},
		{folder: "node/openid-client-5", run: node, refresh: "/refresh", signOut: "/logout"},
		{folder: "node/auth-js", run: node, button: "APS ID", waits: "the name in the ID token"},
		{folder: "node/express-openid-connect", run: node, refresh: "/refresh", signOut: "/logout", told: true, waits: "the name in the ID token"},
		{folder: "node/passport-openidconnect", run: node, waits: "a secret by client_secret_post"},
	}
}

// golang builds the sample where it lies: go/go.mod, which is no part of the product's, pins what it is built from.
func golang(t *testing.T, s sample, _ place, folder string) []string {
	t.Helper()
	binary := filepath.Join(folder, "sample")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", binary, ".")
	build.Dir = s.folder
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	return []string{binary}
}

// node runs app.mjs with the packages that node/package-lock.json pins.
func node(t *testing.T, _ sample, _ place, folder string) []string {
	t.Helper()
	must(t, os.Symlink(testenv.StockNodeModules(t), filepath.Join(folder, "node_modules")))
	return []string{"node", "app.mjs"}
}
