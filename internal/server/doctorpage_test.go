package server_test

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/apscloud/apsid/internal/server"
)

// verb is one of package fmt, in the text of a fault.
var verb = regexp.MustCompile(`%(0[0-9])?[a-z]`)

// The page for operators has a row for every line that the doctor can print, and no other.
func TestThePageListsEveryLineOfTheDoctor(t *testing.T) {
	page, err := os.ReadFile("../../deploy/docs/operating.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(page), "\n## Before you go live: `apsid doctor`\n")
	section, _, _ = strings.Cut(section, "\n## ")
	var rows, checks []string
	for line := range strings.Lines(section) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if len(cells) != 4 || strings.HasPrefix(line, "| ---") || strings.HasPrefix(line, "| check ") {
			continue
		}
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		checks = append(checks, strings.Split(cells[0], ", ")...)
		rows = append(rows, strings.TrimSpace(strings.Join(cells[1:], " | ")))
	}
	slices.Sort(rows)
	if diff := cmp.Diff(faultsInSource(t), rows); diff != "" {
		t.Errorf("in the source (-), on the page (+):\n%s", diff)
	}
	var names []string
	for _, each := range server.Examine(t.Context(), nodeOf(t, "http://127.0.0.1:1"), server.Asked{}) {
		names = append(names, each.Check)
	}
	for _, name := range slices.Compact(names) {
		if name != "clocks" && !slices.Contains(checks, name) {
			t.Errorf("no row of %s", name)
		}
	}
	for _, name := range checks {
		if name != "each" && !slices.Contains(names, name) {
			t.Errorf("a row of %s, which is no check", name)
		}
	}
}

// faultsInSource lists the faults that this package declares, as the page has them.
func faultsInSource(t *testing.T) (all []string) {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(node ast.Node) bool {
			literal, ok := node.(*ast.CompositeLit)
			if kind, named := litType(literal, ok); !named || kind != "fault" || len(literal.Elts) != 3 {
				return true
			}
			state := map[string]string{"Well": "ok", "Note": "note", "Fail": "FAIL"}[fmt.Sprint(literal.Elts[0])]
			text := strings.ReplaceAll(verb.ReplaceAllString(textOf(t, set, literal.Elts[1]), "…"), "%%", "%")
			all = append(all, strings.TrimSpace(fmt.Sprintf("`%s` | %s | %s", state, text, textOf(t, set, literal.Elts[2]))))
			return true
		})
	}
	slices.Sort(all)
	return all
}

func litType(literal *ast.CompositeLit, ok bool) (string, bool) {
	if !ok {
		return "", false
	}
	kind, named := literal.Type.(*ast.Ident)
	if !named {
		return "", false
	}
	return kind.Name, true
}

func textOf(t *testing.T, set *token.FileSet, e ast.Expr) string {
	t.Helper()
	info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}}
	if err := types.CheckExpr(set, nil, token.NoPos, e, info); err != nil {
		t.Fatal(err)
	}
	return constant.StringVal(info.Types[e].Value)
}
