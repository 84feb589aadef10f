package idp_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/apscloud/apsid/internal/idp"
)

func TestNamesFoldToWhatPeopleType(t *testing.T) {
	t.Parallel()
	for typed, names := range map[string][]string{
		"muller":         {"Müller", "MÜLLER", "Mu\u0308ller", "muller", " Müller\t"},
		"obrien":         {"O'Brien", "O’Brien", "O‘Brien", "OʼBrien", "O´Brien", "O`Brien", "O＇Brien", "o\u02bbbrien"},
		"garcia":         {"García", "GARCÍA", "Garci\u0301a", "Ｇａｒｃíａ"},
		"strasse":        {"Straße", "STRASSE", "STRAẞE"},
		"smithjones":     {"Smith-Jones", "Smith‑Jones", "Smith–Jones", "Smith—Jones", "Smith\u00adJones", "Smith−Jones"},
		"anna maria":     {"Anna  Maria", "Anna\u00a0Maria", "anna\u3000MARIA", "Anna\nMaria", "\u202eAnna Maria\u202c", "Anna\u200b Maria"},
		"lukasz":         {"Łukasz", "ŁUKASZ"},
		"soren aero":     {"Søren Ærø"},
		"thorunn gudrun": {"Þórunn Guðrún"},
		"izmir isik":     {"İzmir Işık"},
		"dao":            {"Đào"},
		"oceane office":  {"Océane Oﬃce", "Oce\u0301ane OFFICE"},
		"nguyen":         {"Nguyễn"},
		"tepanapa":       {"Te-Pānapa", "te‐pa\u0304napa"},
		"田中 太郎":          {"田中 太郎", "田中\u3000太郎"},
		"シヨンスミス":         {"シヨン・スミス", "ｼﾖﾝ･ｽﾐｽ"},
		"\u0627حمد":      {"أحمد", "احمد", "أَحْمَد", "احـمد", "ﺃﺣﻤﺪ"},
		"ελλη":           {"Έλλη", "ΈΛΛΗ"},
		"σοφοσ":          {"Σοφός"},
		"иван":           {"ИВАН", "Иван"},
		"100% under_x.y": {"100% Under_X.y"},
		"":               {"", " ", "\u0301", "'", "-", "\u200d", "\x00"},
		"a\uFFFDb":       {"a\xffb"},
	} {
		for _, name := range names {
			if got := idp.Fold(name); got != idp.Fold(typed) || got != typed {
				t.Errorf("%+q folds to %+q, want %+q", name, got, typed)
			}
		}
	}
}

// A text that has been folded stays, so that what is typed may be folded or not; and nothing that a store can't hold is left in it.
func TestFoldedTextStays(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		folded := idp.Fold(text)
		if again := idp.Fold(folded); again != folded {
			t.Errorf("%+q folds to %+q, and that to %+q", text, folded, again)
		}
		if !utf8.ValidString(folded) || strings.ContainsAny(folded, "\x00\n") || strings.TrimSpace(folded) != folded {
			t.Errorf("%+q folds to %+q", text, folded)
		}
		if upper := idp.Fold(strings.ToUpper(text)); strings.IndexFunc(text, func(r rune) bool { return r > 0x24F }) < 0 && upper != folded {
			t.Errorf("%+q folds to %+q, in capitals to %+q", text, folded, upper)
		}
	})
}
