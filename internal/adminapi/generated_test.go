package adminapi_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// generatedExample is a program with a client that is generated from the document: a module of its own, so that what generates it is
// no dependency of ours, pinned by its go.mod and go.sum.
const generatedExample = "../../deploy/examples/openapi"

// A client that a stock generator makes of the document compiles, reads, and edits what it has read.
func TestAGeneratedClientWorks(t *testing.T) {
	w := newWorld(t, embedded)
	dir := filepath.Join(t.TempDir(), "examples", "openapi")
	must(t, os.CopyFS(dir, os.DirFS(generatedExample)))
	must(t, os.RemoveAll(filepath.Join(dir, "client.gen.go"))) // somebody may have tried the example
	document := filepath.Join(dir, "..", "..", "docs", "openapi.json")
	must(t, os.MkdirAll(filepath.Dir(document), 0o755))
	golden, err := os.ReadFile(goldenFile)
	must(t, err)
	must(t, os.WriteFile(document, golden, 0o644))

	run := func(name string, arguments ...string) string {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), name, arguments...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off", "ISSUER="+w.issuer, "PRACTICE="+string(harbour), "TOKEN="+w.machineToken("aps-admin"))
		output, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s %s: %v\n%s", name, strings.Join(arguments, " "), err, output)
		}
		return string(output)
	}
	run("go", "generate")
	run("go", "build", "-o", "management", ".")
	output := run(filepath.Join(dir, "management"), "Harbour & Daughters")
	for _, want := range []string{"mia@harbour-finch.example mia\n", "olivia@harbour-finch.example olivia\n", "Harbour & Finch is now Harbour & Daughters\n"} {
		if !strings.Contains(output, want) {
			t.Errorf("no %q in %s", want, output)
		}
	}
}
