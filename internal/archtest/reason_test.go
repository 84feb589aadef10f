package archtest

import (
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
)

// A reason of an audit event is read by people, and only a declared one is known to have words. The compiler takes every string
// literal for an idp.Reason, so this rule looks at the types.
func TestReasonsAndEventTypesAreDeclared(t *testing.T) {
	exports := exportsOf(t)
	checked := 0
	for _, p := range packages(t) {
		if p.path != "internal/idp" && !slices.Contains(p.imports, module+"internal/idp") || withinAny(p.path, testHelpers()) {
			continue
		}
		set, files := p.parse(t)
		for _, o := range undeclared(t, p.path, set, files, exports) {
			t.Error(o)
		}
		checked++
	}
	if checked < 15 {
		t.Fatalf("only %d packages were checked", checked)
	}
}

// exportsOf maps every package that ours need to the file with its compiled types.
func exportsOf(t *testing.T) map[string]string {
	t.Helper()
	output := command(t, "go", "list", "-export", "-deps", "-f", "{{.ImportPath}} {{.Export}}", "./...")
	exports := map[string]string{}
	for line := range strings.Lines(string(output)) {
		path, file, _ := strings.Cut(strings.TrimSpace(line), " ")
		exports[path] = file
	}
	return exports
}

// undeclared lists the reasons and the types of event in a package that are no declared constant of package idp.
func undeclared(t *testing.T, folder string, set *token.FileSet, files map[string]*ast.File, exports map[string]string) (found []string) {
	t.Helper()
	info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Uses: map[*ast.Ident]types.Object{}}
	config := types.Config{Importer: importer.ForCompiler(set, "gc", func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) })}
	var list []*ast.File
	for _, file := range files {
		list = append(list, file)
	}
	if _, err := config.Check(module+folder, set, list, info); err != nil {
		t.Fatal(err)
	}
	report := func(node ast.Node, text string) { found = append(found, set.Position(node.Pos()).String()+": "+text) }
	for _, file := range list {
		for _, declaration := range file.Decls {
			if folder == "internal/idp" && isConstants(declaration) {
				continue
			}
			ast.Inspect(declaration, func(node ast.Node) bool {
				switch n := node.(type) {
				case *ast.BasicLit:
					if name := vocabulary(info.Types[n].Type); name != "" && !isFilter(name, n.Value) {
						report(n, "a literal as "+name+": declare a constant of package idp, and give it words")
					}
				case *ast.Ident:
					constant, ok := info.Uses[n].(*types.Const)
					if name := vocabulary(info.Types[n].Type); ok && name != "" && vocabulary(constant.Type()) == "" {
						report(n, "a constant without a type as "+name+": declare it in package idp, and give it words")
					}
				case *ast.CallExpr:
					if called := info.Types[n.Fun]; called.IsType() && vocabulary(called.Type) == "idp.Reason" && !mayConvert(folder, declaration) {
						report(n, "a conversion to idp.Reason: the type that holds reasons has a method Reason, so that its values are known to have words")
					}
				}
				return true
			})
		}
	}
	return found
}

// vocabulary names the type if its values are words of the audit trail; "" for any other type.
func vocabulary(t types.Type) string {
	named, ok := t.(*types.Named)
	if !ok || named.Obj().Pkg() == nil || named.Obj().Pkg().Path() != module+"internal/idp" {
		return ""
	}
	switch name := named.Obj().Name(); name {
	case "Reason", "EventType":
		return "idp." + name
	default:
		return ""
	}
}

// isFilter lets through what names no one event: nothing at all, and the beginning of several, as directory.EventQuery takes it.
func isFilter(vocabulary, literal string) bool {
	return literal == `""` || vocabulary == "idp.EventType" && strings.HasSuffix(literal, `."`)
}

func isConstants(declaration ast.Decl) bool {
	d, ok := declaration.(*ast.GenDecl)
	return ok && d.Tok == token.CONST
}

// mayConvert lets through the method Reason of a type whose constants are reasons, and the store, which reads what was written.
func mayConvert(folder string, declaration ast.Decl) bool {
	function, ok := declaration.(*ast.FuncDecl)
	return ok && (function.Recv != nil && function.Name.Name == "Reason" || folder == "internal/store/sqlstore")
}

// A rule that can't find anything protects nothing.
func TestTheRuleOnReasonsBites(t *testing.T) {
	exports := exportsOf(t)
	try := func(source string) []string {
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, "x.go", "package x\nimport \"github.com/apscloud/apsid/internal/idp\"\n"+source, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		return undeclared(t, "internal/x", set, map[string]*ast.File{"x.go": file}, exports)
	}
	for name, source := range map[string]string{
		"a literal in an event":      `var e = idp.AuditEvent{Reason: "late"}`,
		"an assigned literal":        `func f(e *idp.AuditEvent) { e.Reason = "late" }`,
		"a literal as an argument":   `func g(idp.Reason) {}; func f() { g("late") }`,
		"a literal as a result":      `func f() idp.Reason { return "late" }`,
		"a literal that is added to": `func f(r idp.Reason) idp.Reason { return "wrong_" + r }`,
		"a converted literal":        `var r = idp.Reason("late")`,
		"a converted string":         `func f(s string) idp.Reason { return idp.Reason(s) }`,
		"a constant without a type":  `const late = "late"; var e = idp.AuditEvent{Reason: late}`,
		"a constant elsewhere":       `const late idp.Reason = "late"`,
		"a type of event":            `var e = idp.AuditEvent{Type: "user.late"}`,
	} {
		if len(try(source)) == 0 {
			t.Errorf("%s passes: %s", name, source)
		}
	}
	for name, source := range map[string]string{
		"a constant":             `var e = idp.AuditEvent{Type: idp.EventMFAReset, Reason: idp.ReasonNotFound}`,
		"no reason":              `func f() idp.Reason { return "" }`,
		"the beginning of types": `var t idp.EventType = "mfa."`,
		"a method":               `type late string; func (l late) Reason() idp.Reason { return idp.Reason(l) }`,
		"a reason that is given": `func f(r idp.Reason) idp.AuditEvent { return idp.AuditEvent{Reason: r} }`,
		"a text beside it":       `var c = idp.Case{Reason: "They called."}`,
	} {
		if found := try(source); len(found) > 0 {
			t.Errorf("%s does not pass: %v", name, found)
		}
	}
}
