package manage_test

import (
	"net/http"
	"slices"
	"testing"

	"github.com/apscloud/apsid/internal/web/manage"
)

// Every form of the app says all that is missing at once, in one way; the table finds the pages, so that a new one can't forget it.
func TestEveryFormSaysAllThatIsMissing(t *testing.T) {
	w := open(t)
	olivia := w.manager(t, "olivia")
	own := names{user: olivia.user("tom"), client: "fusesign", session: "ses_x"}
	var needed []int
	for _, route := range manage.Table() {
		if route.Method == http.MethodGet {
			needed = append(needed, olivia.CheckForms(own.in(t, route))...)
		}
	}
	several := len(slices.DeleteFunc(needed, func(n int) bool { return n < 2 }))
	if several < 3 { // inviting, editing, an integration
		t.Errorf("only %d forms need several fields", several)
	}
}
