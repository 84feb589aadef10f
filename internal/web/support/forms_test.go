package support_test

import (
	"net/http"
	"testing"

	"github.com/apscloud/apsid/internal/web/support"
)

// Every form of the desk says all that is missing at once, in one way; the table finds the pages, so that a new one can't forget it.
func TestEveryFormSaysAllThatIsMissing(t *testing.T) {
	h := open(t)
	names, riley := h.real(), h.in("riley", "/support")
	forms := 0
	for _, r := range support.Table() {
		if r.Method == http.MethodGet {
			forms += len(riley.CheckForms(address(t, r, names)))
		}
	}
	if forms < 3 {
		t.Errorf("only %d forms were sent", forms)
	}
}
