package mailbox_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/mailbox"
)

// Good names, as they are typed and as they are stored.
func good() map[string]string {
	return map[string]string{
		"mia@harbourfinch.example":             "mia@harbourfinch.example",
		"  Mia.O'Brien+Tax@HarbourFinch.com\n": "mia.o'brien+tax@harbourfinch.com",
		"\u00a0mia@harbourfinch.com\u3000":     "mia@harbourfinch.com",
		"zoe\u0308@harbourfinch.example":       "zo\u00eb@harbourfinch.example",
		"ZO\u00cb@harbourfinch.example":        "zo\u00eb@harbourfinch.example",
		"mia@bu\u0308cher.example":             "mia@b\u00fccher.example",
		"mia@xn--bcher-kva.example":            "mia@b\u00fccher.example",
		"山田@例え.テスト":                            "山田@例え.テスト",
		"иван@example.com":                     "иван@example.com",
		"a@b.co":                               "a@b.co",
		strings.Repeat("a", 64) + "@b.example": strings.Repeat("a", 64) + "@b.example",
	}
}

// bad are names that no new account may have (ABUSE 58).
func bad() map[string]string {
	return map[string]string{
		"zero width space":         "mi\u200ba@harbourfinch.example",
		"at its end":               "mia@harbourfinch.example\u200b",
		"right-to-left mark":       "mia@harbourfinch\u200f.example",
		"right-to-left override":   "mia\u202e@harbourfinch.example",
		"soft hyphen":              "mi\u00ada@harbourfinch.example",
		"byte order mark":          "\ufeffmia@harbourfinch.example",
		"word joiner":              "mia\u2060@harbourfinch.example",
		"tag":                      "mia\U000e0041@harbourfinch.example",
		"variation selector":       "mia\ufe0f@harbourfinch.example",
		"grapheme joiner":          "mi\u034fa@harbourfinch.example",
		"hangul filler":            "mia\u3164@harbourfinch.example",
		"braille blank":            "mia\u2800@harbourfinch.example",
		"NUL":                      "mia\x00@harbourfinch.example",
		"escape":                   "mia\x1b[2J@harbourfinch.example",
		"no UTF-8":                 "mi\xffa@harbourfinch.example",
		"brackets":                 "<mia@harbourfinch.example>",
		"display name":             "Mia <mia@harbourfinch.example>",
		"mailto":                   "mailto:mia@harbourfinch.example",
		"two addresses":            "a,b@harbourfinch.example",
		"list":                     "a@x.example,b@harbourfinch.example",
		"group":                    "a:b@harbourfinch.example;",
		"comment":                  "mia(work)@harbourfinch.example",
		"quoted":                   `"mia finch"@harbourfinch.example`,
		"quoted without need":      `"mia"@harbourfinch.example`,
		"backslash":                `mi\a@harbourfinch.example`,
		"percent route":            "mia%other.example@harbourfinch.example",
		"bang route":               "other.example!mia@harbourfinch.example",
		"source route":             "@other.example:mia@harbourfinch.example",
		"two dots":                 "x..y@harbourfinch.example",
		"first dot":                ".x@harbourfinch.example",
		"last dot":                 "x.@harbourfinch.example",
		"dot at the domain's end":  "mia@harbourfinch.example.",
		"dot at its beginning":     "mia@.harbourfinch.example",
		"two dots in the domain":   "mia@harbourfinch..example",
		"no dot":                   "mia@harbourfinch",
		"literal":                  "mia@[192.0.2.1]",
		"IPv6 literal":             "mia@[IPv6:2001:db8::1]",
		"numbers":                  "mia@192.0.2.1",
		"underscore":               "mia@harbour_finch.example",
		"hyphen first":             "mia@-harbourfinch.example",
		"hyphen last":              "mia@harbourfinch-.example",
		"port":                     "mia@harbourfinch.example:25",
		"broken A-label":           "mia@xn--\u00fc.example",
		"A-label of nothing":       "mia@xn--.example",
		"wide at sign":             "mia\uff20harbourfinch.example",
		"wide letters":             "\uff4d\uff49\uff41@harbourfinch.example",
		"ligature":                 "\ufb01nch@harbourfinch.example",
		"space":                    "mia finch@harbourfinch.example",
		"wide space":               "mia\u3000finch@harbourfinch.example",
		"no-break space":           "mia\u00a0finch@harbourfinch.example",
		"line break":               "mia@harbourfinch.example\r\nBcc: x@y.example",
		"line separator":           "mia@harbour\u2028finch.example",
		"Cyrillic among Latin":     "m\u0456a@harbourfinch.example",
		"Greek in the domain":      "mia@harb\u03bfurfinch.example",
		"mark without a letter":    "\u0308mia@harbourfinch.example",
		"emoji":                    "mia\U0001f600@harbourfinch.example",
		"private use":              "mia\ue000@harbourfinch.example",
		"no at":                    "harbourfinch.example",
		"two at":                   "mia@finch@harbourfinch.example",
		"no local part":            "@harbourfinch.example",
		"no domain":                "mia@",
		"nothing":                  "",
		"65 octets":                strings.Repeat("a", 65) + "@harbourfinch.example",
		"label of 64":              "mia@" + strings.Repeat("b", 64) + ".example",
		"255 octets":               "mia@" + strings.Repeat("b23456789.", 25) + "c",
		"too long as A-labels":     "mia@" + strings.Repeat("ü2345678ü.", 20) + "example",
		"a megabyte":               strings.Repeat("a", 1<<20) + "@harbourfinch.example",
		"a megabyte after the at":  "mia@" + strings.Repeat("ü", 1<<19),
		"a megabyte of invisibles": strings.Repeat("\u200b", 1<<18) + "mia@harbourfinch.example",
	}
}

func TestParse(t *testing.T) {
	for typed, want := range good() {
		if got, err := mailbox.Parse(typed); got != want || err != nil {
			t.Errorf("%q: %q, %v", typed, got, err)
		}
	}
	for name, typed := range bad() {
		if got, err := mailbox.Parse(typed); idp.CodeOf(err) != idp.CodeInvalid || got != "" {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

// ABUSE 58: a person reaches their account with what a keyboard or a clipboard adds.
func TestTyped(t *testing.T) {
	const want = "zo\u00eb@b\u00fccher.example"
	for _, typed := range []string{
		want, "zoe\u0308@bu\u0308cher.example", "ZO\u00cb@XN--BCHER-KVA.Example", "\ufeffzo\u00eb@b\u00fccher.example\u200f", "zo\u200b\u00eb@b\u00fcch\u00ader.example",
		"zo\u00eb\uff20b\u00fccher.example", " zo\u00eb@b\u00fccher.example\u00a0", "\u200b zo\u00eb@b\u00fccher.example \u200b", "zo\u00eb@b\u00fccher\u3002example",
	} {
		if got := mailbox.Typed(typed); got != want {
			t.Errorf("%q: %q", typed, got)
		}
	}
}

func TestWire(t *testing.T) {
	for address, want := range map[string]string{
		"mia@bücher.example":       "mia@xn--bcher-kva.example",
		"zoë@例え.テスト":               "zoë@xn--r8jz45g.xn--zckzah",
		"mia@harbourfinch.example": "mia@harbourfinch.example",
		"no address":               "no address",
		"mia@har_bour.example":     "mia@har_bour.example",
	} {
		if got := mailbox.Wire(address); got != want {
			t.Errorf("%q: %q", address, got)
		}
	}
}

// An account of an earlier release is found by its own text, and any other by what the text means.
func TestFind(t *testing.T) {
	stored := map[string]int{"zoe\u0308@old.example": 1, "zo\u00eb@new.example": 2, "a..b@old.example": 3, "mia\u200b@old.example": 4}
	for typed, want := range map[string]int{
		"Zoe\u0308@old.example": 1, "zoe\u0308@new.example": 2, "zo\u00eb\u200b@new.example": 2, " A..B@old.example": 3, "mia\u200b@old.example": 4,
		"mia@old.example": 0, "zo\u00eb@old.example": 0, "zoe\x00@old.example": 0,
	} {
		got, err := mailbox.Find(typed, func(name string) (int, error) {
			if !utf8.ValidString(name) || strings.Contains(name, "\x00") {
				t.Errorf("%q: a store can't look for %q", typed, name)
			}
			if stored[name] == 0 {
				return 0, idp.ErrNotFound
			}
			return stored[name], nil
		})
		if got != want || (err == nil) != (want > 0) {
			t.Errorf("%q: %d, %v", typed, got, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	for typed := range good() {
		f.Add(typed)
	}
	for _, typed := range bad() {
		if len(typed) < 1000 {
			f.Add(typed)
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		typed := mailbox.Typed(text)
		name, err := mailbox.Parse(text)
		if err != nil {
			return
		}
		again, err := mailbox.Parse(name)
		if err != nil || again != name || typed != name || mailbox.Typed(name) != name {
			t.Errorf("%q: parsed %q, again %q (%v), typed %q", text, name, again, err, typed)
		}
		wire := mailbox.Wire(name)
		if len(wire) > idp.MaxUsername || strings.Count(wire, "@") != 1 || strings.ContainsAny(wire, " <>()[]\\,;:\"\r\n\t%!") {
			t.Errorf("%q is sent as %q", text, wire)
		}
	})
}
