package stockclients_test

import (
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/apscloud/apsid/internal/testenv"
	"github.com/apscloud/apsid/internal/testworld"
)

const docs = "../../deploy/docs/quickstarts"

// quickStarts are the pages and the samples that they show.
func quickStarts() map[string]string {
	return map[string]string{
		"apache.md":                      "apache/mod-auth-openidc",
		"browser-oidc-client-ts.md":      "browser/oidc-client-ts",
		"go.md":                          "go/go-oidc",
		"java-spring-security.md":        "java/spring-security",
		"node-auth-js.md":                "node/auth-js",
		"node-express-openid-connect.md": "node/express-openid-connect",
		"node-openid-client.md":          "node/openid-client",
		"oauth2-proxy.md":                "go/oauth2-proxy",
		"python-authlib.md":              "python/authlib",
		"python-django.md":               "python/mozilla-django-oidc",
	}
}

const (
	notRun        = "dotnet.md" // there is no .NET where the tests run
	notRunExample = "../../deploy/examples/dotnet/Signin.cs"
)

// What people copy from a page is what was run: it has every file of its sample as it is, and names the versions that were tested.
func TestQuickStartsShowTheSamples(t *testing.T) {
	pages, err := filepath.Glob(docs + "/*.md")
	must(t, err)
	if len(pages) != len(quickStarts())+2 {
		t.Errorf("%d pages, with %s and the list, and %d of them shown to hold samples", len(pages), notRun, len(quickStarts()))
	}
	index := read(t, docs+"/README.md")
	for page, folder := range quickStarts() {
		text := read(t, filepath.Join(docs, page))
		if !strings.Contains(index, "("+page+")") {
			t.Errorf("the list of quick starts lacks %s", page)
		}
		if !slices.ContainsFunc(samples(), func(s sample) bool { return s.folder == folder }) {
			t.Errorf("%s shows %s, which no test runs", page, folder)
		}
		files, err := os.ReadDir(folder)
		must(t, err)
		for _, file := range files {
			if strings.HasPrefix(file.Name(), "go.") {
				continue
			}
			if !strings.Contains(text, "\n"+read(t, filepath.Join(folder, file.Name()))+"```\n") {
				t.Errorf("%s does not hold %s/%s as it is", page, folder, file.Name())
			}
		}
		pinned(t, page, text)
	}
}

var (
	npmPackage = regexp.MustCompile(`(?m)^npm install (.+)$`)
	pipPackage = regexp.MustCompile(`(?m)^pip install (.+)$`)
	goPackage  = regexp.MustCompile(`(?m)^go (?:get|install) (.+)$`)
)

// pinned holds that what a page has people install is what the tests run.
func pinned(t *testing.T, page, text string) {
	t.Helper()
	node := read(t, "node/package.json")
	for _, line := range npmPackage.FindAllStringSubmatch(text, -1) {
		for _, one := range strings.Fields(line[1]) {
			at := strings.LastIndex(one, "@")
			if at <= 0 || !strings.Contains(node, `"`+one[:at]+`": "`+one[at+1:]+`"`) {
				t.Errorf("%s installs %s, which is not what the tests run", page, one)
			}
		}
	}
	for _, line := range pipPackage.FindAllStringSubmatch(text, -1) {
		for _, one := range strings.Fields(line[1]) {
			if !strings.Contains("\n"+read(t, "python/requirements.txt"), "\n"+one+"\n") {
				t.Errorf("%s installs %s, which is not what the tests run", page, one)
			}
		}
	}
	modules := strings.ReplaceAll(read(t, "go/go.mod")+read(t, "go/oauth2-proxy/go.mod"), " // indirect", "")
	for _, line := range goPackage.FindAllStringSubmatch(text, -1) {
		for _, one := range strings.Fields(line[1]) {
			if !strings.Contains(modules, strings.Replace(one, "@", " ", 1)+"\n") {
				t.Errorf("%s installs %s, which is not what the tests run", page, one)
			}
		}
	}
}

// The page that no test can run says so, and each setting on it is one of the example's, but for how it keeps the ID token.
func TestQuickStartThatIsNotRunSaysSo(t *testing.T) {
	text, index, example := read(t, filepath.Join(docs, notRun)), read(t, docs+"/README.md"), read(t, notRunExample)
	if !strings.Contains(text, "**This page was not run by our tests**") || !strings.Contains(index, "]("+notRun+") | signs out; **not run by our tests**") {
		t.Errorf("%s or the list of quick starts does not say that nobody ran it", notRun)
	}
	settings := regexp.MustCompile(`(?m)^ +(o\..+)$`).FindAllStringSubmatch(text, -1)
	if len(settings) == 0 {
		t.Fatalf("%s has no settings", notRun)
	}
	for _, line := range settings {
		if !strings.HasPrefix(line[1], "o.SaveTokens = true;") && !strings.Contains(example, " "+line[1]+"\n") {
			t.Errorf("%s has %q, which is not in %s", notRun, line[1], notRunExample)
		}
	}
}

// The way of the first page leads from an empty folder to an app that shows the name of one of the demo's people.
func onOnesOwnMachine(t *testing.T, binary string) {
	t.Helper()
	index := read(t, docs+"/README.md")
	_, rest, _ := strings.Cut(index, "   ```sh\n")
	commands, _, found := strings.Cut(rest, "   ```\n")
	if !found {
		t.Fatal("the page has no commands")
	}
	folder := t.TempDir()
	must(t, os.CopyFS(folder, os.DirFS("node/openid-client")))
	must(t, os.Symlink(testenv.StockNodeModules(t), filepath.Join(folder, "node_modules")))

	listen := freeAddress(t)
	demo := exec.CommandContext(t.Context(), binary, "demo", "--listen", listen, "--timesheets-listen", freeAddress(t),
		"--contacts-listen", freeAddress(t), "--lodgements-listen", freeAddress(t))
	demo.Dir = folder
	start(t, demo)
	awaitAnswer(t, "http://"+listen+"/readyz")
	app := newPlace(t, "http://"+listen, "rota", "")
	here := strings.NewReplacer("127.0.0.1:8080", listen, "http://localhost:3000", app.origin)
	shell := exec.CommandContext(t.Context(), "sh", "-e", "-c", here.Replace(commands))
	shell.Dir, shell.Env = folder, append(os.Environ(), "PATH="+filepath.Dir(binary)+":"+os.Getenv("PATH"))
	if output, err := shell.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	app.secret = secretsIn(t, filepath.Join(folder, "secrets.json"))["rota"]
	node := exec.CommandContext(t.Context(), "node", "app.mjs")
	node.Dir, node.Env = folder, append(os.Environ(), app.environment()...)
	start(t, node)
	awaitAnswer(t, app.origin)

	v := testworld.NewVisitor(t, app.issuer)
	form := v.Get(app.origin).OK(t, "password")
	for _, said := range []string{"aroha@kaurilane.example", "lantern-meadow-kauri-5", "Aroha\n   Ngata"} {
		if !strings.Contains(index, said) {
			t.Errorf("the page does not say %q", said)
		}
	}
	page := v.Post(form.At, url.Values{"username": {"aroha@kaurilane.example"}, "password": {"lantern-meadow-kauri-5"}})
	if page.Status != http.StatusOK || !strings.Contains(page.Body, "Hello Aroha Ngata") {
		t.Errorf("%s (%d)\n%s", page.At, page.Status, page.Body)
	}
}

// refusals has each thing that the first page says of refusals happen.
func (u *use) refusals(t *testing.T) {
	t.Helper()
	index := read(t, docs+"/README.md")
	const challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM" // RFC 7636, appendix B
	authorize := func(change ...string) testworld.Page {
		t.Helper()
		query := url.Values{
			"client_id": {u.clientID}, "redirect_uri": {u.origin + "/callback"}, "response_type": {"code"}, "scope": {"openid"}, "state": {"0123456789"},
			"code_challenge": {challenge}, "code_challenge_method": {"S256"},
		}
		for i := 0; i < len(change); i += 2 {
			query.Del(change[i])
			if change[i+1] != "" {
				query.Set(change[i], change[i+1])
			}
		}
		v := u.id.visitor(t)
		v.StopAt = u.origin
		page := v.Get("/authorize?" + query.Encode())
		if page.Step != "password" {
			return page
		}
		return v.Post(page.At, url.Values{"username": {u.id.outsider}, "password": {password}})
	}
	token := func(grant, secret string) testworld.Page {
		t.Helper()
		return u.id.visitor(t).Ask(http.MethodPost, "/oauth/token", url.Values{
			"client_id": {u.clientID}, "client_secret": {secret}, "grant_type": {grant}, "code": {"x"}, "refresh_token": {"x"}, "redirect_uri": {u.origin + "/callback"},
		})
	}
	u.id.invited(t, u.id.outsider)
	for said, page := range map[string]testworld.Page{
		"No app is registered here under this client_id.":                 authorize("client_id", "no-such-app"),
		"The address to go back to is not registered for this client_id.": authorize("redirect_uri", u.origin+"/callback/"),
		"code_challenge":                  authorize("code_challenge", "", "code_challenge_method", ""),
		"unsupported_response_type":       authorize("response_type", "id_token"),
		"The scope must contain openid.":  authorize("scope", "profile"),
		"You can’t use Rota yet":          authorize(),
		"Client authentication failed":    token("authorization_code", "wrong"),
		"The code is unknown or too old.": token("authorization_code", u.secret),
		"The refresh token is unknown.":   token("refresh_token", u.secret),
	} {
		answer, err := url.QueryUnescape(page.At)
		must(t, err)
		if !strings.Contains(page.Body, said) && !strings.Contains(answer, said) {
			t.Errorf("%s (%d) does not say %q\n%s", answer, page.Status, said, page.Body)
		}
		if !strings.Contains(index, "| `"+said+"`") {
			t.Errorf("the page does not explain %q", said)
		}
	}
}
