package importer_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/importer"
)

func utf16le(text string) string {
	var b strings.Builder
	for _, unit := range utf16.Encode([]rune(text)) {
		b.WriteByte(byte(unit))
		b.WriteByte(byte(unit >> 8))
	}
	return b.String()
}

func utf16be(text string) string {
	le := utf16le(text)
	b := make([]byte, len(le))
	for i := range b {
		b[i] = le[i^1]
	}
	return string(b)
}

// The same sheet, as spreadsheets of all kinds write it.
func TestASheetIsReadHoweverItIsWritten(t *testing.T) {
	const plain = "Name,Email\r\n\"Zoë “Z” Müller, CA\",zoe@x.example\r\n"
	want := []importer.Row{{Line: 2, Cells: []string{"Zoë “Z” Müller, CA", "zoe@x.example"}}}
	for name, c := range map[string]struct {
		file     string
		encoding importer.Encoding
		line     int
	}{
		"UTF-8":                   {plain, importer.UTF8, 2},
		"UTF-8 with a mark":       {"\ufeff" + plain, importer.UTF8, 2},
		"UTF-16 with a mark":      {"\xff\xfe" + utf16le(plain), importer.UTF16, 2},
		"UTF-16, the other way":   {"\xfe\xff" + utf16be(plain), importer.UTF16, 2},
		"UTF-16 without a mark":   {utf16le(plain), importer.UTF16, 2},
		"UTF-16BE without a mark": {utf16be(plain), importer.UTF16, 2},
		"Windows-1252":            {"Name,Email\r\n\"Zo\xeb \x93Z\x94 M\xfcller, CA\",zoe@x.example\r\n", importer.Windows1252, 2},
		"semicolons":              {"Name;Email\n\"Zoë “Z” Müller, CA\"; zoe@x.example ", importer.UTF8, 2},
		"semicolons, of Excel":    {"sep=;\nName;Email\n\"Zoë “Z” Müller, CA\";zoe@x.example", importer.UTF8, 3},
		"tabs":                    {"Name\tEmail\nZoë “Z” Müller, CA\tzoe@x.example\n\n\n", importer.UTF8, 2},
		"a comma in a name":       {"\"Name; a, b, c\";Email\n\"Zoë “Z” Müller, CA\";zoe@x.example", importer.UTF8, 2},
	} {
		got, err := importer.ReadSheet([]byte(c.file))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		want[0].Line = c.line
		if diff := cmp.Diff(want, got.Rows); diff != "" || got.Encoding != c.encoding || len(got.Columns) != 2 || got.Columns[1] != "Email" {
			t.Errorf("%s: %s, %q%s", name, got.Encoding, got.Columns, diff)
		}
	}
}

// ABUSE 38: a bad row costs itself.
func TestABadRowOfASheetCostsOnlyItself(t *testing.T) {
	rows := []string{
		"Name,Email", "Ann,a@x.example", `Bob "B" Hall,b@x.example`, "Cat", "Dan,d@x.example,more", `"never closed,e@x.example`,
		strings.Repeat("x", 70<<10) + ",f@x.example", "G\x00,g@x.example", `"two`, `lines",h@x.example`, "\x1b[31mIda,i@x.example", "Joe,j@x.example",
	}
	got, err := importer.ReadSheet([]byte(strings.Join(rows, "\n")))
	must(t, err)
	faults, good := map[int]string{}, []int{}
	for _, row := range got.Rows {
		if row.Fault != "" {
			faults[row.Line] = row.Fault
		} else {
			good = append(good, row.Line)
		}
	}
	if diff := cmp.Diff([]int{2, 12}, good); diff != "" {
		t.Errorf("read: %s\n%v", diff, faults)
	}
	for line, why := range map[int]string{
		3: "quotation marks", 4: "has 1 columns", 5: "has 3 columns", 6: "not closed", 7: "longer", 8: "control", 9: "line break", 11: "control",
	} {
		if !strings.Contains(faults[line], why) {
			t.Errorf("line %d: %q", line, faults[line])
		}
	}
}

func TestASheetHasBounds(t *testing.T) {
	var many strings.Builder
	many.WriteString("Name,Email\n")
	for n := range importer.MaxSheetRows {
		fmt.Fprintf(&many, "P %d,p%d@x.example\n", n, n)
	}
	got, err := importer.ReadSheet([]byte(many.String()))
	if err != nil || len(got.Rows) != importer.MaxSheetRows {
		t.Errorf("%d rows, %v", len(got.Rows), err)
	}
	for text, file := range map[string]string{
		"is larger":     "Name,Email\n" + strings.Repeat("x", 1<<20),
		"more than":     many.String() + "one,more@x.example",
		"is empty":      "",
		"no line below": "Name,Email\n",
		"first line":    `"Name,Email` + "\nA,a@x.example",
		"can’t be":      strings.Repeat(",", 60) + "\nA",
		"names of":      "Na\x00me,Email\nA,a@x.example",
	} {
		_, err := importer.ReadSheet([]byte(file))
		var e *idp.Error
		if !errors.As(err, &e) || e.Code != idp.CodeInvalid || !strings.Contains(e.Public, text) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
