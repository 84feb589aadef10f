package web

import (
	"strings"
	"testing"
)

// The style sheet shows the example of the chosen country alone, so it has to know each country that has one.
func TestTheStyleSheetKnowsEachExample(t *testing.T) {
	css := staticFile(t, "app.css")
	for _, example := range PhoneField("", "").Examples {
		alone := `form:has([value="` + example.Of + `"]:checked) [data-example]:not([data-example="` + example.Of + `"]) { display: none; }`
		if !strings.Contains(css, alone) {
			t.Errorf("%s is chosen, and the others are shown", example.Label)
		}
		unnamed, _, found := strings.Cut(css, ".example-of { display: none; }")
		unnamed = unnamed[strings.LastIndex(unnamed, "\n")+1:]
		if !found || !strings.Contains(unnamed, `[value="`+example.Of+`"]`) {
			t.Errorf("%s is chosen, and its example is named", example.Label)
		}
	}
}
