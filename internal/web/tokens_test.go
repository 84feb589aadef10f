package web

import (
	"io/fs"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/apscloud/apsid/templates"
)

func staticFile(t *testing.T, name string) string {
	t.Helper()
	files, err := templates.Static()
	if err != nil {
		t.Fatal(err)
	}
	content, err := fs.ReadFile(files, name)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

var (
	cssComment = regexp.MustCompile(`(?s)/\*.*?\*/`)
	cssDeclare = regexp.MustCompile(`(?m)(?:^|[;{])\s*(--[a-z0-9-]+):\s*([^;]+);`)
	cssUse     = regexp.MustCompile(`var\((--[a-z0-9-]+)`)
	// rawColour is a colour in a declaration that no token gave: a number of some kind, or one of the names of CSS Color 4. The system
	// colours of forced-colors mode, transparent and currentColor are no choice of ours.
	rawColour = regexp.MustCompile(`#[0-9a-fA-F]{3,8}\b|\b(?:rgb|hsl|hwb|lab|lch|oklab|oklch|color|color-mix|light-dark)a?\(|` +
		`\b(?:white|black|silver|gr[ae]y|red|maroon|orange|yellow|olive|lime|green|teal|aqua|cyan|blue|navy|purple|fuchsia|magenta|pink|brown|gold|(?:dark|light|medium|deep|pale)[a-z]+)\b`)
)

func rawColours(css string) []string {
	var found []string
	for _, rule := range regexp.MustCompile(`:([^;{}]+)[;}]`).FindAllStringSubmatch(cssComment.ReplaceAllString(css, ""), -1) {
		found = append(found, rawColour.FindAllString(rule[1], -1)...)
	}
	return found
}

func TestColoursComeFromTheTokensAlone(t *testing.T) {
	for _, bad := range []string{"a { color: #fff; }", "a{background:RGB(0 0 0)}", "a { border: 1px solid red }", "a { box-shadow: 0 0 1px rgba(0,0,0,.5); }", "a { color: oklch(1 1 1) }"} {
		if len(rawColours(strings.ToLower(bad))) == 0 {
			t.Errorf("the test does not see the colour in %q", bad)
		}
	}
	if found := rawColours(staticFile(t, "app.css")); len(found) > 0 {
		t.Errorf("app.css has colours of its own, which belong in tokens.css: %q", found)
	}
}

func TestEveryTokenIsDeclaredAndUsed(t *testing.T) {
	tokens, rules := cssComment.ReplaceAllString(staticFile(t, tokensFile), ""), cssComment.ReplaceAllString(staticFile(t, "app.css"), "")
	declared, used := map[string]bool{}, map[string]bool{}
	for _, m := range cssDeclare.FindAllStringSubmatch(tokens, -1) {
		declared[m[1]] = true
	}
	for _, m := range cssUse.FindAllStringSubmatch(tokens+rules, -1) {
		used[m[1]] = true
		if !declared[m[1]] {
			t.Errorf("%s is used and declared nowhere", m[1])
		}
	}
	for name := range declared {
		if !used[name] {
			t.Errorf("%s is declared and used nowhere", name)
		}
	}
	if m := cssDeclare.FindString(rules); m != "" {
		t.Errorf("app.css declares %s: it belongs in tokens.css", m)
	}
}

// WCAG 2.2, 1.4.6 (text, 7:1) and 1.4.11 (edges of controls, 3:1), in both lights.
func TestTokensHaveContrast(t *testing.T) {
	light, dark, ok := strings.Cut(staticFile(t, tokensFile), "@media (prefers-color-scheme: dark)")
	if !ok {
		t.Fatal("no dark tokens")
	}
	colours := map[string]string{}
	for _, part := range []struct{ name, css string }{{"light", light}, {"dark", dark}} {
		for _, m := range cssDeclare.FindAllStringSubmatch(cssComment.ReplaceAllString(part.css, ""), -1) {
			colours[m[1]] = m[2]
		}
		for _, row := range []struct {
			front, back string
			least       float64
		}{
			{"--text", "--page", 7}, {"--text", "--card", 7}, {"--text", "--tint", 7}, {"--soft", "--page", 7}, {"--soft", "--card", 7}, {"--soft", "--tint", 7},
			{"--accent", "--page", 7}, {"--accent", "--card", 7}, {"--accent", "--tint", 7}, {"--accent-strong", "--tint", 7},
			{"--on-accent", "--accent", 7}, {"--on-accent", "--accent-strong", 7}, {"--on-danger", "--danger", 7}, {"--on-danger", "--danger-strong", 7},
			{"--bad", "--page", 7}, {"--bad", "--card", 7}, {"--bad", "--bad-tint", 7}, {"--good", "--good-tint", 7}, {"--warn", "--card", 7}, {"--warn", "--warn-tint", 7},
			{"--edge", "--page", 3}, {"--edge", "--card", 3}, {"--edge", "--tint", 3}, {"--danger", "--card", 3},
		} {
			if got := contrast(t, colours[row.front], colours[row.back]); got < row.least {
				t.Errorf("%s: %s on %s is %.2f:1, less than %g:1", part.name, row.front, row.back, got, row.least)
			}
		}
	}
}

// contrast is the ratio of WCAG 2.2: the product has its own (idp.Accent), and this one judges it.
func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	light, dark := luminance(t, a), luminance(t, b)
	if light < dark {
		light, dark = dark, light
	}
	return (light + 0.05) / (dark + 0.05)
}

func luminance(t *testing.T, colour string) float64 {
	t.Helper()
	digits := strings.TrimPrefix(colour, "#")
	if len(digits) == 3 {
		digits = string([]byte{digits[0], digits[0], digits[1], digits[1], digits[2], digits[2]})
	}
	n, err := strconv.ParseUint(digits, 16, 32)
	if err != nil || len(digits) != 6 {
		t.Fatalf("%q is no colour", colour)
	}
	linear := func(channel uint64) float64 {
		v := float64(channel) / 255
		if v <= 0.04045 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(n>>16) + 0.7152*linear(n>>8&255) + 0.0722*linear(n&255)
}
