package web_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/testworld"
	"github.com/apscloud/apsid/internal/web"
)

// said is a text of the source that a form may show, with the field that it is about; "" for none.
type said struct{ at, field, text string }

// What a form says about an error is one sentence, whatever its values are: every text for people in the packages below the pages is put
// together as a page does it, whether or not another test makes the error happen.
func TestEveryErrorIsASentence(t *testing.T) {
	found := 0
	for _, folder := range []string{"directory", "authenticator", "policy", "mailbox", "importer", "session", "signin", "web"} {
		for _, one := range errorsOf(t, filepath.Join("..", folder)) {
			found++
			for _, text := range filled(one.text) {
				p, ok := web.ProblemOf(&idp.Error{Code: idp.CodeInvalid, Field: one.field, Public: text})
				if !ok {
					t.Errorf("%s: no form can say %q", one.at, text)
				}
				for _, flaw := range testworld.Flaws(p.Text) {
					t.Errorf("%s: %s", one.at, flaw)
				}
			}
		}
	}
	if found < 100 {
		t.Errorf("only %d texts were found", found)
	}
}

// filled are the text with each of its values: a number is a bound, which is never one; a name is a name.
func filled(text string) (all []string) {
	for _, number := range []string{"2", "1,234"} {
		all = append(all, strings.NewReplacer("%d", number, "%s", "Name", "%q", "“Name”", "%v", "Name").Replace(text))
	}
	return all
}

// errorsOf are the texts that the sources below a folder give to errors: the arguments of idp.Invalid and of what calls it, and Public.
func errorsOf(t *testing.T, folder string) (all []said) {
	t.Helper()
	files := token.NewFileSet()
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if one, ok := saidBy(n); ok && one.text != "%s" {
				one.at = files.Position(n.Pos()).String()
				all = append(all, one)
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func saidBy(n ast.Node) (said, bool) {
	switch n := n.(type) {
	case *ast.KeyValueExpr:
		key, named := n.Key.(*ast.Ident)
		text, literal := textOf(n.Value)
		return said{text: text}, named && literal && key.Name == "Public"
	case *ast.CallExpr:
		at := map[string]int{"Invalid": 0, "exists": 0, "broken": 1}
		name := ""
		switch f := n.Fun.(type) {
		case *ast.Ident:
			name = f.Name
		case *ast.SelectorExpr:
			name = f.Sel.Name
		}
		first, known := at[name]
		if !known || len(n.Args) < first+2 {
			return said{}, false
		}
		field, _ := textOf(n.Args[first]) // a field that only the caller knows is read as none
		text, literal := textOf(n.Args[first+1])
		return said{field: field, text: text}, literal
	}
	return said{}, false
}

func textOf(e ast.Expr) (string, bool) {
	literal, ok := e.(*ast.BasicLit)
	if !ok || literal.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(literal.Value)
	return text, err == nil
}
