package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// maxLines bounds a product file: what does not fit wants to be two nouns.
const maxLines = 450

func TestEveryPackageSaysWhatItIs(t *testing.T) {
	for _, p := range packages(t) {
		_, files := p.parse(t)
		file, ok := files["doc.go"]
		if !ok {
			t.Errorf("%s has no doc.go: a newcomer reads there what the package owns and what it never does", p.path)
			continue
		}
		want := "Package " + p.name + " "
		if p.name == "main" {
			want = "Command " + filepath.Base(p.dir) + " "
		}
		if !strings.HasPrefix(file.Doc.Text(), want) {
			t.Errorf("%s/doc.go does not begin with %q", p.path, want)
		}
	}
}

func TestPackagesAreNamedAfterWhatTheyOwn(t *testing.T) {
	for _, p := range packages(t) {
		for part := range strings.SplitSeq(p.path, "/") {
			if slices.Contains([]string{"util", "utils", "common", "helper", "helpers", "misc", "shared", "base", "lib"}, part) {
				t.Errorf("%s: %q names no thing; put what is in it beside the noun it serves", p.path, part)
			}
		}
	}
}

func TestFilesStaySmall(t *testing.T) {
	for _, p := range packages(t) {
		set, files := p.parse(t)
		for name, file := range files {
			if lines := set.File(file.Pos()).LineCount(); lines > maxLines && !ast.IsGenerated(file) {
				t.Errorf("%s/%s has %d lines, over %d: it holds more than one noun", p.path, name, lines, maxLines)
			}
		}
	}
}

func TestSourceRules(t *testing.T) {
	for _, p := range packages(t) {
		set, files := p.parse(t)
		for _, o := range offences(p.path, set, files) {
			t.Error(o)
		}
	}
}

// offences applies every rule on source to one package.
func offences(folder string, set *token.FileSet, files map[string]*ast.File) []string {
	var found []string
	report := func(node ast.Node, text string) { found = append(found, set.Position(node.Pos()).String()+": "+text) }
	changed := changedNames(files)
	for _, file := range files {
		for _, declaration := range file.Decls {
			switch d := declaration.(type) {
			case *ast.FuncDecl:
				if d.Recv == nil && d.Name.Name == "init" {
					report(d, "init runs before main can decide anything and can't fail: use a constructor")
				}
			case *ast.GenDecl:
				if d.Tok == token.VAR {
					checkVariables(d, changed, withinAny(folder, testHelpers()), report)
				}
			}
		}
		checkCalls(folder, file, report)
	}
	return found
}

func checkCalls(folder string, file *ast.File, report func(ast.Node, string)) {
	imported := importedNames(file)
	ast.Inspect(file, func(node ast.Node) bool {
		selector, ok := node.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		from, ok := selector.X.(*ast.Ident)
		if !ok {
			return true
		}
		library, name := imported[from.Name], selector.Sel.Name
		switch {
		case library == "time" && slices.Contains([]string{"Now", "Since", "Until"}, name) && !withinAny(folder, clockReaders()):
			report(node, "time."+name+": the time is an argument below the edge, so that tests and a jumping clock can be reasoned about")
		case library == "fmt" && slices.Contains([]string{"Print", "Printf", "Println"}, name) && within(folder, "internal"):
			report(node, "fmt."+name+": what a server says goes through log/slog, where secrets are redacted")
		case library == "log" && within(folder, "internal"):
			report(node, "log."+name+": what a server says goes through log/slog, where secrets are redacted")
		case library == "os" && name == "Exit" && !withinAny(folder, []string{"cmd", "deploy/bench", "deploy/examples", "internal/testenv"}):
			report(node, "os.Exit skips every deferred clean-up: return an error, main decides")
		case library == "" && name == "IsLoopback" && !within(folder, "pkg") && !withinAny(folder, []string{"internal/idp", "internal/outbound"}):
			report(node, "IsLoopback of an address: idp.IsLoopback says what this machine is called, in one place")
		case library == "net/http" && slices.Contains([]string{"DefaultServeMux", "HandleFunc", "Handle", "ListenAndServe"}, name):
			report(node, "http."+name+" is a global, or has no limits: use a mux and a server of your own")
		}
		return true
	})
}

// importedNames maps the names that a file gives to the packages it imports to their paths. A variable of the same name hides
// a package only in a file that would be hard to read anyway.
func importedNames(file *ast.File) map[string]string {
	names := map[string]string{}
	for _, spec := range file.Imports {
		importPath := strings.Trim(spec.Path.Value, `"`)
		name := path.Base(importPath)
		if spec.Name != nil {
			name = spec.Name.Name
		}
		names[name] = importPath
	}
	return names
}

// clockReaders lists who may look at the clock: the edge, the queue (whose library keeps time itself), and what never runs in
// the server.
func clockReaders() []string {
	return []string{"cmd", "deploy/bench", "pkg/rp", "pkg/rs", "internal/server", "internal/outbox", "internal/demo", "internal/timesheets", "internal/conform", "internal/conformance", "internal/testenv", "internal/browsertest", "internal/faulttest", "internal/store/storetest"}
}

// checkVariables lets through variables that no code changes: error sentinels, embedded files, assertions, encodings,
// expressions that were compiled once, and unexported tables of literals that nothing in the package assigns to.
func checkVariables(d *ast.GenDecl, changed map[string]bool, helper bool, report func(ast.Node, string)) {
	embedded := d.Doc != nil && strings.Contains(rawText(d.Doc), "//go:embed ")
	for _, spec := range d.Specs {
		values := spec.(*ast.ValueSpec)
		embeds := embedded || values.Doc != nil && strings.Contains(rawText(values.Doc), "//go:embed ")
		for i, name := range values.Names {
			sentinel := strings.HasPrefix(name.Name, "Err") || strings.HasPrefix(name.Name, "err")
			switch {
			case name.Name == "_" || embeds && !changed[name.Name]:
			case changed[name.Name]:
				report(name, name.Name+" is a package variable that changes: two tests, or two servers in one process, would share it")
			case name.IsExported() && !sentinel:
				report(name, name.Name+" is an exported package variable: anybody could change it; use a constant or a function")
			case i < len(values.Values) && helper && madeOnce(values.Values[i]): // for all tests of a process
			case i >= len(values.Values) || !constantLike(values.Values[i]):
				report(name, name.Name+" is a package variable that is no constant: build it in a constructor and pass it on")
			}
		}
	}
}

// constantLike reports whether a value is fixed once and for all: literals, and a few pure constructors over them.
func constantLike(value ast.Expr) bool {
	switch v := value.(type) {
	case *ast.BasicLit, *ast.CompositeLit, *ast.Ident, *ast.SelectorExpr:
		return true
	case *ast.UnaryExpr:
		return constantLike(v.X)
	case *ast.BinaryExpr:
		return constantLike(v.X) && constantLike(v.Y)
	case *ast.CallExpr:
		return pureConstructor(v.Fun)
	default:
		return false
	}
}

// madeOnce reports whether a value is made when it is first asked for, and never again.
func madeOnce(value ast.Expr) bool {
	call, ok := value.(*ast.CallExpr)
	if !ok {
		return false
	}
	function, ok := call.Fun.(*ast.SelectorExpr)
	return ok && strings.HasPrefix(dotted(function), "sync.OnceValue")
}

func pureConstructor(function ast.Expr) bool {
	switch f := function.(type) {
	case *ast.ArrayType, *ast.MapType:
		return true // a conversion
	case *ast.SelectorExpr:
		allowed := []string{"regexp.MustCompile", "errors.New", "fmt.Errorf", "strings.NewReplacer", "netip.MustParsePrefix",
			"netip.MustParseAddr", "big.NewInt", "redis.NewScript"}
		name := dotted(f)
		return slices.Contains(allowed, name) || strings.HasPrefix(name, "base32.") || strings.HasPrefix(name, "base64.")
	default:
		return false
	}
}

func dotted(e ast.Expr) string {
	switch v := e.(type) {
	case *ast.Ident:
		return v.Name
	case *ast.SelectorExpr:
		return dotted(v.X) + "." + v.Sel.Name
	case *ast.CallExpr:
		return dotted(v.Fun)
	default:
		return "?"
	}
}

// changedNames lists every name whose value, element or field is assigned to, counted up, deleted from, or whose address is
// taken, anywhere in the package. A local variable of the same name makes the rule stricter, never laxer.
func changedNames(files map[string]*ast.File) map[string]bool {
	changed := map[string]bool{}
	mark := func(e ast.Expr) {
		if name := rootName(e); name != "" {
			changed[name] = true
		}
	}
	for _, file := range files {
		ast.Inspect(file, func(node ast.Node) bool {
			switch n := node.(type) {
			case *ast.AssignStmt:
				for _, target := range n.Lhs {
					if n.Tok != token.DEFINE {
						mark(target)
					}
				}
			case *ast.IncDecStmt:
				mark(n.X)
			case *ast.UnaryExpr:
				if n.Op == token.AND {
					mark(n.X)
				}
			case *ast.CallExpr:
				if function, ok := n.Fun.(*ast.Ident); ok && len(n.Args) > 0 && (function.Name == "delete" || function.Name == "clear") {
					mark(n.Args[0])
				}
			}
			return true
		})
	}
	return changed
}

func rootName(e ast.Expr) string {
	switch v := e.(type) {
	case *ast.Ident:
		return v.Name
	case *ast.IndexExpr:
		return rootName(v.X)
	case *ast.SelectorExpr:
		return rootName(v.X)
	case *ast.StarExpr:
		return rootName(v.X)
	case *ast.ParenExpr:
		return rootName(v.X)
	default:
		return ""
	}
}

func rawText(group *ast.CommentGroup) string {
	var text strings.Builder
	for _, comment := range group.List {
		text.WriteString(comment.Text + "\n")
	}
	return text.String()
}

// A rule that can't find anything protects nothing.
func TestTheSourceRulesBite(t *testing.T) {
	bad := map[string]string{
		"init":                 `func init() {}`,
		"a variable":           `var cache map[string]int`,
		"a changed table":      `var table = map[string]int{}` + "\n" + `func f() { table["a"] = 1 }`,
		"a deleted entry":      `var table = map[string]int{"a": 1}` + "\n" + `func f() { delete(table, "a") }`,
		"an address":           `var count = 1` + "\n" + `func f() *int { return &count }`,
		"an exported variable": `var Default = 5`,
		"a built variable":     `var client = build()`,
		"the clock":            `import "time"` + "\n" + `func f() { _ = time.Now() }`,
		"the clock as a value": `import "time"` + "\n" + `var clock = time.Now`,
		"printing":             `import "fmt"` + "\n" + `func f() { fmt.Println() }`,
		"logging":              `import "log"` + "\n" + `func f() { log.Fatal() }`,
		"leaving":              `import "os"` + "\n" + `func f() { os.Exit(1) }`,
		"a loopback of ours":   `func f(a netip.Addr) { _ = a.IsLoopback() }`,
	}
	for name, source := range bad {
		if found := offencesIn(t, source); len(found) == 0 {
			t.Errorf("%s passes: %s", name, source)
		}
	}
	good := map[string]string{
		"a sentinel":    `var ErrGone = errors.New("gone")`,
		"an assertion":  `var _ fmt.Stringer = thing{}`,
		"an expression": `var digits = regexp.MustCompile("[0-9]+")`,
		"a table":       `var names = map[string]string{"a": "b"}`,
		"another log":   `import log "example.com/cdproto/log"` + "\n" + `func f() { log.Print() }`,
		"a local":       `func f() { n := 1; n++ }`,
		"a file":        "//go:embed page.html\nvar page string",
	}
	for name, source := range good {
		if found := offencesIn(t, source); len(found) > 0 {
			t.Errorf("%s does not pass: %v", name, found)
		}
	}
}

func offencesIn(t *testing.T, source string) []string {
	t.Helper()
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, "x.go", "package x\n"+source, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	return offences("internal/signin", set, map[string]*ast.File{"x.go": file})
}

func TestNothingIsLeftForLater(t *testing.T) {
	marks := []string{"TO" + "DO", "FIX" + "ME", "XX" + "X:", "HA" + "CK:"}
	for _, name := range tracked(t) {
		if name == "go.sum" {
			continue
		}
		text, err := os.ReadFile(filepath.Join(root(t), name))
		if os.IsNotExist(err) {
			continue // deleted and not yet committed
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, mark := range marks {
			if strings.Contains(string(text), mark) {
				t.Errorf("%s holds %q: finish it, or file it", name, mark)
			}
		}
	}
}

func TestTopLevelHoldsOnlyWhatANewcomerExpects(t *testing.T) {
	allowed := []string{".ci", ".gitignore", "CONTRIBUTING.md", "LICENSE", "Makefile", "README.md", "CHANGELOG.md", "SECURITY.md",
		"cmd", "deploy", "go.mod", "go.sum", "internal", "pkg", "templates"}
	seen := map[string]bool{}
	for _, name := range tracked(t) {
		first, _, _ := strings.Cut(name, "/")
		if !seen[first] && !slices.Contains(allowed, first) {
			t.Errorf("%s: the first folder of a repository is its front door; put it where it belongs, or name it here", first)
		}
		seen[first] = true
	}
}
