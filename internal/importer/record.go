package importer

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
)

// record is a line of a table, or several if a cell has line ends, split into its cells.
type record struct {
	line  int // the number of its first line
	cells []string
	fault string // why it can't be read; "": it can
}

// records reads records of CSV.
type records struct {
	lines *lines
	comma rune // what separates cells
	width int  // how many cells a record has
}

// next returns io.EOF after the last one.
func (r *records) next() (record, error) {
	for {
		first, err := r.lines.next()
		if err != nil {
			return record{}, err
		}
		if first.long {
			return record{line: first.number, fault: fmt.Sprintf("is longer than %d KiB", maxLine>>10)}, nil
		}
		if strings.TrimSpace(first.text) != "" {
			return r.read(first)
		}
	}
}

// read reads the record that begins with this line. If a record of several lines makes no sense, only its first line is rejected:
// a quotation mark too many must not swallow good lines, so the others are read again.
func (r *records) read(first line) (record, error) {
	text, more, closed, err := r.gather(first)
	if err != nil {
		return record{}, err
	}
	found, whole := record{line: first.number, fault: "a quotation mark is not closed"}, false
	if closed {
		found, whole = r.split(first.number, text)
	}
	if !whole {
		r.lines.again(more)
	}
	return found, nil
}

// gather adds the lines that belong to the first, because a quotation mark is open.
func (r *records) gather(first line) (text string, more []line, closed bool, err error) {
	var all strings.Builder
	all.WriteString(first.text)
	for open := odd(first.text); open; {
		next, err := r.lines.next()
		if errors.Is(err, io.EOF) {
			return "", more, false, nil
		}
		if err != nil {
			return "", nil, false, err
		}
		more = append(more, next)
		if next.long || all.Len()+len(next.text) > maxLine {
			return "", more, false, nil
		}
		all.WriteString("\n" + next.text)
		open = open != odd(next.text)
	}
	return all.String(), more, true, nil
}

func odd(text string) bool { return strings.Count(text, `"`)%2 == 1 }

// split splits the text of a record; whole is false if that could not be done.
func (r *records) split(number int, text string) (found record, whole bool) {
	found.line = number
	if found.fault = readable(text); found.fault != "" {
		return found, false
	}
	cells, err := split(text, r.comma)
	switch {
	case err != nil:
		found.fault = err.Error()
	case len(cells) != r.width:
		found.fault = fmt.Sprintf("has %d columns, and the first line of the file %d", len(cells), r.width)
	default:
		found.cells = cells
		return found, true
	}
	return found, false
}

// split splits one record.
func split(text string, comma rune) ([]string, error) {
	reader := csv.NewReader(strings.NewReader(text))
	reader.Comma = comma
	cells, err := reader.Read()
	if err != nil {
		return nil, errors.New("its quotation marks make no sense")
	}
	return cells, nil
}
