package stockclients_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/apscloud/apsid/internal/testenv"
)

// sample is an app made with a library that nobody here wrote. To add one: a folder with the app and its apsid.yaml, and a line in
// samples.
//
// The app is started with these in its environment: ISSUER, CLIENT_ID, CLIENT_SECRET, APP_URL (its own address, without a slash at the
// end) and PORT, where it listens on localhost; CLIENT_KEY_FILE in place of the secret if it is keyed; and with the certificate of the issuer's authority in CA_FILE and in the variables by
// which runtimes take one (see place.environment).
type sample struct {
	folder string // below this package, like node/openid-client; the app's client ID is it, with a dash
	run    runner

	signIn  string // the page that asks for a sign-in; "": /
	button  string // words on the button that has to be pressed there; "": the page leads to the sign-in by itself
	refresh string // the page that gets new tokens and shows the name again; "": the library leaves it to the app
	signOut string // where the app signs the person out, at the provider too; "": the library can't
	told    bool   // it takes back-channel logouts
	keyed   bool   // it authenticates by a key, and so does the integration beside it, if there is one (see place.keyFile)

	plays func(*use, *testing.T) // what people do with it; nil: withoutScripts
}

// runner makes the command that starts a sample in a folder of the test's own, which has a copy of it.
type runner func(t *testing.T, s sample, p place, folder string) []string

func samples() []sample {
	return []sample{
		{folder: "observer", plays: (*use).observes},
		{folder: "browser/oidc-client-ts", run: static, plays: (*use).inABrowser, refresh: "Refresh", signOut: "Sign out"},
		{folder: "go/go-oidc", run: golang, refresh: "/refresh", signOut: "/logout", told: true},
		{folder: "go/zitadel", run: golang, refresh: "/refresh", signOut: "/logout"},
		{folder: "go/oauth2-proxy", run: oauth2Proxy, refresh: "/", signOut: "/logout"},
		{folder: "node/openid-client", run: node, refresh: "/refresh", signOut: "/logout"},
		{folder: "node/openid-client-5", run: node, refresh: "/refresh", signOut: "/logout"},
		{folder: "node/auth-js", run: node, button: "APS ID"},
		{folder: "node/express-openid-connect", run: node, refresh: "/refresh", signOut: "/logout", told: true},
		{folder: "node/passport-openidconnect", run: node},
		{folder: "python/authlib", run: python, refresh: "/refresh", signOut: "/logout"},
		{folder: "python/requests-oauthlib", run: python, refresh: "/refresh", signOut: "/logout"},
		{folder: "python/mozilla-django-oidc", run: django, signOut: "/oidc/logout/"},
		{folder: "python/django-allauth", run: django, button: "Continue"},
		{folder: "apache/mod-auth-openidc", run: apache, refresh: "/refresh.shtml", signOut: "/oidc?logout=", told: true},
		{folder: "node/oauth4webapi", run: node, refresh: "/refresh", signOut: "/logout", keyed: true, plays: (*use).strictly},
		{folder: "python/authlib-fapi", run: python, refresh: "/refresh", signOut: "/logout", keyed: true, plays: (*use).strictly},
		{folder: "go/oauth2-fapi", run: golang, refresh: "/refresh", signOut: "/logout", keyed: true, plays: (*use).strictly},
		{folder: "java/spring-security", run: spring, refresh: "/refresh", signOut: "/logout", told: true},
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

// oauth2Proxy builds oauth2-proxy and puts it in front of app.mjs, by its oauth2-proxy.cfg.
func oauth2Proxy(t *testing.T, s sample, p place, folder string) []string {
	t.Helper()
	binary := filepath.Join(folder, "oauth2-proxy")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "github.com/oauth2-proxy/oauth2-proxy/v7")
	build.Dir = s.folder
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	must(t, os.Symlink(testenv.StockNodeModules(t), filepath.Join(folder, "node_modules")))
	upstream := freeAddress(t)
	app := exec.CommandContext(t.Context(), "node", "app.mjs")
	app.Dir, app.Env = folder, append(os.Environ(), append(p.environment(), "UPSTREAM_PORT="+portOf(t, upstream))...)
	start(t, app)
	awaitAnswer(t, "http://"+upstream+"/logout")
	p.moved(t, filepath.Join(folder, "oauth2-proxy.cfg"), `cookie_refresh = "4m"`, `cookie_refresh = "1s"`)
	return []string{
		binary, "--config", "oauth2-proxy.cfg", "--client-id", p.clientID, "--client-secret", p.secret, "--cookie-secret", strings.Repeat("a", 32),
		"--http-address", "127.0.0.1:" + p.port, "--upstream", "http://" + upstream + "/",
		"--cookie-secure=false", // the app is at http://localhost here
	}
}

// static serves the folder, with the library beside the page.
func static(t *testing.T, _ sample, p place, folder string) []string {
	t.Helper()
	library := filepath.Join(testenv.StockNodeModules(t), "oidc-client-ts", "dist", "browser", "oidc-client-ts.min.js")
	must(t, os.Symlink(library, filepath.Join(folder, filepath.Base(library))))
	must(t, os.Symlink(testenv.StockNodeModules(t), filepath.Join(folder, "node_modules")))
	p.moved(t, filepath.Join(folder, "app.js"), "'rota'", "'"+p.clientID+"'")
	return []string{"node", "--input-type=module", "--eval", "import e from 'express'; e().use(e.static('.')).listen(process.env.PORT)"}
}

// node runs app.mjs with the packages that node/package-lock.json pins.
func node(t *testing.T, _ sample, _ place, folder string) []string {
	t.Helper()
	must(t, os.Symlink(testenv.StockNodeModules(t), filepath.Join(folder, "node_modules")))
	return []string{"node", "app.mjs"}
}

// python runs app.py with the packages that python/requirements.txt pins.
func python(t *testing.T, _ sample, _ place, _ string) []string {
	t.Helper()
	return []string{testenv.StockPython(t), "app.py"}
}

// django makes the database of the project with settings.py, and serves it.
func django(t *testing.T, _ sample, p place, folder string) []string {
	t.Helper()
	python := testenv.StockPython(t)
	migrate := exec.CommandContext(t.Context(), python, "-m", "django", "migrate", "--settings", "settings")
	migrate.Dir, migrate.Env = folder, append(os.Environ(), p.environment()...)
	if output, err := migrate.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	return []string{python, "-m", "django", "runserver", "--settings", "settings", "--noreload", p.port}
}

// apache serves the folder as rota.conf says, which is all of a configuration but what a distribution brings.
func apache(t *testing.T, _ sample, p place, folder string) []string {
	t.Helper()
	program, authority := testenv.StockApache(t), filepath.Join(folder, "ca.pem")
	must(t, os.WriteFile(authority, []byte(read(t, p.caFile)), 0o644))
	must(t, os.Chmod(filepath.Dir(folder), 0o711)) // Apache serves as another user
	p.moved(t, filepath.Join(folder, "rota.conf"), "OIDCClientID rota", "OIDCClientID "+p.clientID, "/var/www/rota", folder)
	must(t, os.WriteFile(filepath.Join(folder, "refresh.shtml"), []byte(read(t, filepath.Join(folder, "index.shtml"))), 0o644))
	brought := []string{
		"ServerRoot " + folder, "DefaultRuntimeDir " + folder, "PidFile " + filepath.Join(folder, "pid"), "ErrorLog /dev/stderr",
		"TypesConfig /dev/null", "ServerName localhost", "Listen 127.0.0.1:" + p.port, "User www-data", "Group www-data", "OIDCCABundlePath " + authority,
	}
	for _, module := range []string{"auth_openidc", "authn_core", "authz_core", "authz_user", "dir", "include", "mime", "mpm_event"} {
		brought = slices.Insert(brought, 0, "LoadModule "+module+"_module /usr/lib/apache2/modules/mod_"+module+".so")
	}
	brought = append(brought, "Include "+filepath.Join(folder, "rota.conf"), // and a page where tokens are never new enough:
		"<Location /refresh.shtml>", "OIDCRefreshAccessTokenBeforeExpiry 299 logout_on_error", "</Location>")
	config := filepath.Join(folder, "apache2.conf")
	must(t, os.WriteFile(config, []byte(strings.Join(brought, "\n")+"\n"), 0o600))
	return []string{program, "-f", config, "-D", "FOREGROUND"}
}

// spring runs the program that Maven built of the folder; there is none where the machine has no JDK.
func spring(t *testing.T, _ sample, p place, folder string) []string {
	t.Helper()
	program := testenv.StockJava(t)
	p.moved(t, filepath.Join(folder, "application.properties"), "refresh-before=1m", "refresh-before=299s")
	trust := filepath.Join(folder, "trust.p12")
	keytool := exec.CommandContext(t.Context(), "keytool", "-importcert", "-noprompt", "-keystore", trust, "-storepass", "changeit", "-file", p.caFile)
	if output, err := keytool.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	return []string{
		"java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx256m", // it starts sooner, and leaves a core to the others
		"-Djavax.net.ssl.trustStore=" + trust, "-Djavax.net.ssl.trustStorePassword=changeit", "-jar", program,
	}
}
