package web

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/apscloud/apsid/internal/idp"
)

func TestOneWrongFieldHasNoSummary(t *testing.T) {
	p, ok := ProblemOf(idp.AllInvalid(nil, idp.Invalid("name", "must not be empty")))
	if !ok || p.Status != http.StatusUnprocessableEntity {
		t.Fatalf("%+v", p)
	}
	if diff := cmp.Diff(&Alert{Text: "The name must not be empty.", Target: "name", AtField: true}, p.Alert("name", "phone")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(&Alert{Text: "The name must not be empty."}, p.Alert("phone")); diff != "" {
		t.Errorf("a form without the field: %s", diff)
	}
	if NoProblem().Alert("name") != nil {
		t.Error("an alert about nothing")
	}
}

// Several wrong fields have a summary in the order of the page, and what belongs to none of its fields is said first.
func TestSeveralWrongFieldsHaveASummary(t *testing.T) {
	p, ok := ProblemOf(idp.AllInvalid(
		idp.Invalid("review_at", "Enter a day."), idp.Invalid("kind", "must be customer"), idp.Invalid("name", "must not be empty"), idp.Invalid("name", "is too long"),
	))
	if !ok {
		t.Fatal("no problem")
	}
	p = p.Renamed("review_at", "review")
	want := &Alert{Lines: []Link{{Label: "The kind must be customer."}, {URL: "#name", Label: "The name must not be empty."}, {URL: "#review", Label: "Enter a day."}}}
	if diff := cmp.Diff(want, p.Alert("name", "review")); diff != "" {
		t.Error(diff)
	}
	for field, text := range map[string]string{"name": "The name must not be empty.", "review": "Enter a day.", "review_at": "", "": ""} {
		if got := p.Of(field); got != text {
			t.Errorf("%q: %q", field, got)
		}
	}
}
