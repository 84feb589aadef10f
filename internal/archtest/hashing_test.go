package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"testing"
)

// Tests that are not about hashing make the hash of a password cheap. Product code never does: it may hand the choice on, and
// package authenticator alone says what the cost is when no caller chose one.
func TestOnlyTestsChooseWhatAHashCosts(t *testing.T) {
	for _, p := range packages(t) {
		if p.path == "internal/authenticator" || withinAny(p.path, testHelpers()) {
			continue
		}
		set, files := p.parse(t)
		for _, file := range files {
			for _, at := range cheapHashes(file) {
				t.Errorf("%s chooses what a hash costs: only tests may", set.Position(at))
			}
		}
	}
}

// cheapHashes lists where a file sets the memory of a hash to anything but the choice it was given.
func cheapHashes(file *ast.File) (found []token.Pos) {
	choice := func(e ast.Expr) bool {
		name, plain := e.(*ast.Ident)
		field, selected := e.(*ast.SelectorExpr)
		return plain && slices.Contains([]string{"Memory", "HashMemory"}, name.Name) ||
			selected && slices.Contains([]string{"Memory", "HashMemory"}, field.Sel.Name)
	}
	handedOn := func(e ast.Expr) bool {
		field, ok := e.(*ast.SelectorExpr)
		return ok && field.Sel.Name == "HashMemory"
	}
	ast.Inspect(file, func(node ast.Node) bool {
		switch n := node.(type) {
		case *ast.KeyValueExpr:
			if choice(n.Key) && !handedOn(n.Value) {
				found = append(found, n.Pos())
			}
		case *ast.AssignStmt:
			if slices.ContainsFunc(n.Lhs, choice) {
				found = append(found, n.Pos())
			}
		}
		return true
	})
	return found
}

func TestTheRuleOnHashesBites(t *testing.T) {
	for source, want := range map[string]int{
		`var c = authenticator.PasswordConfig{Memory: 64}`:              1,
		`var d = server.Deps{HashMemory: cheap}`:                        1,
		`func f(d server.Deps) { d.HashMemory = 64 }`:                   1,
		`var c = authenticator.PasswordConfig{Memory: deps.HashMemory}`: 0,
		`var c = authenticator.PasswordConfig{Parallel: 4}`:             0,
	} {
		file, err := parser.ParseFile(token.NewFileSet(), "x.go", "package x\n"+source, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		if found := cheapHashes(file); len(found) != want {
			t.Errorf("%d offences in %s, not %d", len(found), source, want)
		}
	}
}
