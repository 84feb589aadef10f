package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
	"testing"
)

// The composition holds no rule. What leaves an audit event is decided by a rule, so the composition names no event.
func TestTheCompositionNamesNoEvent(t *testing.T) {
	for _, p := range packages(t) {
		if p.path != "internal/server" {
			continue
		}
		set, files := p.parse(t)
		for _, file := range files {
			for _, name := range eventsNamed(file) {
				t.Errorf("%s: %s: what leaves this event is a rule, and belongs to the package that decides it", set.Position(name.Pos()), dotted(name))
			}
		}
	}
}

// eventsNamed lists the constants idp.Event… that a file names. The types idp.EventID and idp.EventType are none.
func eventsNamed(file *ast.File) (found []*ast.SelectorExpr) {
	imported := importedNames(file)
	ast.Inspect(file, func(node ast.Node) bool {
		selector, ok := node.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		from, ok := selector.X.(*ast.Ident)
		name := selector.Sel.Name
		if ok && imported[from.Name] == module+"internal/idp" && strings.HasPrefix(name, "Event") && name != "EventID" && name != "EventType" {
			found = append(found, selector)
		}
		return true
	})
	return found
}

// A rule that can't find anything protects nothing.
func TestTheRuleOnTheCompositionBites(t *testing.T) {
	for source, want := range map[string]int{
		`var e = idp.AuditEvent{Type: idp.EventMFAReset}`:                                                 1,
		`func f(e idp.AuditEvent) bool { return e.Type == idp.EventSessionEnded }`:                        1,
		`func f(id idp.EventID, kind idp.EventType) idp.AuditEvent { return idp.AuditEvent{Type: kind} }`: 0,
	} {
		file, err := parser.ParseFile(token.NewFileSet(), "x.go", "package x\nimport \"github.com/apscloud/apsid/internal/idp\"\n"+source, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		if got := len(eventsNamed(file)); got != want {
			t.Errorf("%s: %d, want %d", source, got, want)
		}
	}
}
