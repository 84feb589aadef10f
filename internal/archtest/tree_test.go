package archtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const module = "github.com/apscloud/apsid/"

// pkg is a package of ours, named by its folder below the root ("internal/idp").
type pkg struct {
	path    string
	name    string
	dir     string
	files   []string // product code, without tests
	imports []string // of product code
}

// packages lists every package of the module; go list does the work, so build tags count and nothing is guessed.
func packages(t *testing.T) []pkg {
	t.Helper()
	watch(t)
	output := command(t, "go", "list", "-e", "-json=ImportPath,Name,Dir,GoFiles,Imports", "./...")
	decoder := json.NewDecoder(bytes.NewReader(output))
	var all []pkg
	for {
		var entry struct {
			ImportPath, Name, Dir string
			GoFiles, Imports      []string
		}
		err := decoder.Decode(&entry)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, pkg{strings.TrimPrefix(entry.ImportPath, module), entry.Name, entry.Dir, entry.GoFiles, entry.Imports})
	}
	if len(all) < 10 {
		t.Fatalf("go list found only %d packages", len(all))
	}
	return all
}

// watch reads every folder itself: the test cache does not see what go list reads, and would answer for a tree of yesterday.
func watch(t *testing.T) {
	t.Helper()
	err := filepath.WalkDir(root(t), func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() && strings.HasPrefix(entry.Name(), ".") && path != root(t) {
			return filepath.SkipDir
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// parse reads the product files of a package, by name.
func (p pkg) parse(t *testing.T) (*token.FileSet, map[string]*ast.File) {
	t.Helper()
	set := token.NewFileSet()
	files := map[string]*ast.File{}
	for _, name := range p.files {
		file, err := parser.ParseFile(set, filepath.Join(p.dir, name), nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = file
	}
	return set, files
}

// tracked lists the files of the tree that are, or will be, committed.
func tracked(t *testing.T) []string {
	t.Helper()
	output := command(t, "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	return strings.Split(strings.TrimRight(string(output), "\x00"), "\x00")
}

func root(t *testing.T) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func command(t *testing.T, name string, arguments ...string) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, arguments...)
	cmd.Dir = root(t)
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	output, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v: %s", name, err, complaint.String())
	}
	return output
}

// within reports whether path is folder or below it; "*" as the last part of folder stands for any one name.
func within(path, folder string) bool {
	if parent, ok := strings.CutSuffix(folder, "/*"); ok {
		return strings.HasPrefix(path, parent+"/")
	}
	return path == folder || strings.HasPrefix(path, folder+"/")
}

func withinAny(path string, folders []string) bool {
	for _, folder := range folders {
		if within(path, folder) {
			return true
		}
	}
	return false
}
