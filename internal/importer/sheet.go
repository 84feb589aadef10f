package importer

import (
	"errors"
	"io"
	"strings"
	"unicode"

	"github.com/apscloud/apsid/internal/idp"
)

// Bounds of a sheet that a person hands in.
const (
	MaxSheet        = 900 << 10 // bytes
	MaxSheetRows    = 10_000
	maxSheetColumns = 50
)

// Sheet is a table that a person hands in: CSV as spreadsheets write it, with whatever columns it has.
type Sheet struct {
	Encoding Encoding
	Columns  []string // as the first line names them
	Rows     []Row
}

// Row is a record of a sheet.
type Row struct {
	Line  int      // the number of its first line
	Cells []string // one for each column, without spaces around it; none if there is a Fault
	Fault string   // why it can't be read, to follow its number; "": it can
}

// ReadSheet reads a sheet, in UTF-8, UTF-16 or Windows-1252, with commas, semicolons or tabs between cells. A row that can't be read
// costs no other row. Errors: idp.CodeInvalid with a text, for a sheet that can't be read as a whole.
func ReadSheet(file []byte) (Sheet, error) {
	if len(file) > MaxSheet {
		return Sheet{}, idp.Invalid("file", "The file is larger than %d KB. Split it into several.", MaxSheet>>10)
	}
	text, encoding := decode(file)
	from := newLines(strings.NewReader(text))
	header, comma, err := sheetHeader(from)
	if err != nil {
		return Sheet{}, err
	}
	sheet := Sheet{Encoding: encoding, Columns: header}
	all := records{lines: from, comma: comma, width: len(header)}
	for {
		found, err := all.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return Sheet{}, err
		}
		if len(sheet.Rows) == MaxSheetRows {
			return Sheet{}, idp.Invalid("file", "The file has more than %d lines. Split it into several.", MaxSheetRows)
		}
		sheet.Rows = append(sheet.Rows, rowOf(found))
	}
	if len(sheet.Rows) == 0 {
		return Sheet{}, idp.Invalid("file", "The file has no line below the names of the columns.")
	}
	return sheet, nil
}

func rowOf(found record) Row {
	row := Row{Line: found.line, Fault: found.fault}
	for _, cell := range found.cells {
		cell = strings.TrimSpace(cell)
		if strings.ContainsFunc(cell, unicode.IsControl) {
			return Row{Line: found.line, Fault: "has a line break or another control character in a cell"}
		}
		row.Cells = append(row.Cells, cell)
	}
	return row
}

// sheetHeader reads the names of the columns, and finds out what separates cells.
func sheetHeader(from *lines) (names []string, comma rune, err error) {
	first, err := from.next()
	if told, found := strings.CutPrefix(first.text, "sep="); err == nil && found && len(told) == 1 { // Excel's own way to say it
		comma = rune(told[0])
		first, err = from.next()
	}
	if errors.Is(err, io.EOF) {
		return nil, 0, idp.Invalid("file", "The file is empty.")
	}
	if err != nil {
		return nil, 0, err
	}
	if comma != ',' && comma != ';' && comma != '\t' {
		comma = separator(first.text)
	}
	names, err = split(first.text, comma)
	if err != nil || first.long || len(names) > maxSheetColumns || strings.ContainsFunc(strings.Join(names, ""), unicode.IsControl) {
		return nil, 0, idp.Invalid("file", "The first line can’t be read as the names of columns. Save the sheet as CSV, with the names of the columns in its first line.")
	}
	for i, name := range names {
		names[i] = strings.TrimSpace(name)
	}
	return names, comma, nil
}

// separator is what separates most cells of the first line, outside of quotation marks.
func separator(text string) rune {
	counts, quoted := map[rune]int{}, false
	for _, r := range text {
		if r == '"' {
			quoted = !quoted
		} else if !quoted {
			counts[r]++
		}
	}
	best := ','
	for _, r := range []rune{';', '\t'} {
		if counts[r] > counts[best] {
			best = r
		}
	}
	return best
}
