package importer

import (
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/apscloud/apsid/internal/idp"
)

// report writes a row for each line that was rejected: its number, the user name as it stands there, and why. It holds no
// password hash.
type report struct{ rows *csv.Writer }

func newReport(w io.Writer) (*report, error) {
	r := &report{rows: csv.NewWriter(w)}
	return r, r.write("line", "username", "reason")
}

// write buffers nothing: a rejected line is in the file even if the program is stopped right after.
func (r *report) write(cells ...string) error {
	if err := r.rows.Write(cells); err != nil {
		return err
	}
	r.rows.Flush()
	return r.rows.Error()
}

// maxCell bounds what is repeated of a line, in bytes.
const maxCell = 300

// inert is text of a file as a spreadsheet may open it and a terminal may show it (ABUSE 38): bounded, printable, and no formula
// (OWASP, CSV injection).
func inert(text string) string {
	if len(text) > maxCell {
		text = strings.ToValidUTF8(text[:maxCell], "") + "…"
	}
	text = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return utf8.RuneError
	}, text)
	return idp.Cell(text)
}

// because words an error of the directory as a reason.
func because(err error) string {
	var known *idp.Error
	if !errors.As(err, &known) || known.Public == "" {
		return "can’t be imported"
	}
	if known.Field == "" {
		return known.Public
	}
	return known.Field + ": " + known.Public
}
