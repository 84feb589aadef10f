package server

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apscloud/apsid/internal/config"
)

// A logo that can't be shown stops the start with the flag's name, and not the first page.
func TestABrandThatCannotBeShownNamesTheFlag(t *testing.T) {
	svg := filepath.Join(t.TempDir(), "logo.svg")
	if err := os.WriteFile(svg, []byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, says := range map[string]string{svg: "SVG", svg + ".none": "no such file"} {
		_, err := brandOf(config.Brand{Name: "Ledger", Logo: path})
		var problem *config.Problem
		if !errors.As(err, &problem) || problem.Key != "brand-logo" || !strings.Contains(problem.Text, says) {
			t.Errorf("%s: %v", path, err)
		}
	}
	if b, err := brandOf(config.Brand{Name: "Ledger"}); err != nil || b.Name != "Ledger" || b.Logo != nil {
		t.Errorf("%+v, %v", b, err)
	}
}
