package examples_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/conform"
	"github.com/apscloud/apsid/internal/testenv"
)

// example is how to run one of the apps, in a folder.
type example struct {
	dir     string
	command []string
}

func goExample(t *testing.T) example {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "goapp")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "./goapp")
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	return example{dir: t.TempDir(), command: []string{binary}}
}

// nodeExample puts the app beside its packages: Node looks for them in the folder of the file that imports them.
func nodeExample(t *testing.T) example {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("node")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(testenv.NodeModules(t), filepath.Join(dir, "node_modules")); err != nil {
		t.Fatal(err)
	}
	return example{dir: dir, command: []string{"node", "app.mjs"}}
}

// start runs the app until the test ends.
func (e example) start(t *testing.T, environment ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), e.command[0], e.command[1:]...)
	said := &output{}
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = e.dir, append(os.Environ(), environment...), said, said
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 5 * time.Second
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM) // it may have ended
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("the app said:\n%s", said)
		}
	})
}

// output is written to by the app and read by the test.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
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

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// freeAddress was free a moment ago.
func freeAddress(t *testing.T) string {
	t.Helper()
	l := listen(t)
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

func TestTheGoExampleKeepsTheContract(t *testing.T) {
	t.Parallel()
	keepsTheContract(t, goExample(t))
}

func TestTheNodeExampleKeepsTheContract(t *testing.T) {
	t.Parallel()
	keepsTheContract(t, nodeExample(t))
}

func keepsTheContract(t *testing.T, e example) {
	t.Helper()
	address := freeAddress(t)
	origin := "http://" + address
	provider, stop, err := conform.New(t.Context(), listen(t), conform.Config{
		Page: origin + "/shifts", ClientID: "rota", ClientSecret: "secret",
		LogoutURL: origin + "/auth/backchannel-logout", ActivityURL: origin + "/auth/activity", SignOutURL: origin + "/auth/logout",
		Idle: 6 * time.Second, Lifetime: 6 * time.Second, Grace: 2 * time.Second, Report: 2 * time.Second,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	e.start(t, "ISSUER="+provider.Issuer(), "CLIENT_ID=rota", "CLIENT_SECRET=secret", "APP_URL="+origin, "LISTEN="+address)
	waiting, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := provider.Await(waiting); err != nil {
		t.Fatal(err)
	}
	results, err := provider.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range results {
		if r.State != conform.OK {
			t.Errorf("%s: %s: %s", r.Check, r.State, r.Seen)
		}
	}
}

// awaitAnswer waits until something answers at the address.
func awaitAnswer(t *testing.T, address string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		response, err := http.DefaultClient.Do(request)
		if err == nil {
			_ = response.Body.Close()
			return
		}
		if errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(20 * time.Millisecond):
		}
	}
}

const guide = "../docs/app-developers.md"

// The guide holds the examples word for word, so that what people copy is what was run.
func TestTheGuideShowsTheExamplesAsTheyAre(t *testing.T) {
	text := read(t, guide)
	for name, language := range map[string]string{
		"goapp/main.go": "go", "node/signin.mjs": "js", "node/app.mjs": "js", "node/activity.js": "js", "node/package.json": "json",
		"browser/index.html": "html", "browser/app.js": "js", "browser/package.json": "json",
		"dotnet/Program.cs": "csharp", "dotnet/Signin.cs": "csharp", "dotnet/Rota.csproj": "xml",
	} {
		block := "```" + language + "\n" + read(t, name) + "```\n"
		if !strings.Contains(text, block) {
			t.Errorf("the guide does not hold %s as it is", name)
		}
	}
}

// The guide has each section that the checker tells its reader to look up.
func TestTheGuideHasEverySectionThatTheCheckerNames(t *testing.T) {
	text := read(t, guide)
	for _, section := range conform.Sections() {
		if !strings.Contains(text, "\n### "+section+"\n") {
			t.Errorf("the guide has no section %q", section)
		}
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
