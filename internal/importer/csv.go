package importer

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// table reads people from CSV.
type table struct {
	lines   *lines
	columns []string
}

// newTable reads the header.
func newTable(l *lines) (*table, error) {
	t := &table{lines: l}
	header, err := l.next()
	if errors.Is(err, io.EOF) {
		return nil, errors.New("the file is empty")
	}
	if err != nil {
		return nil, err
	}
	if why := readable(header.text); why != "" || header.long {
		return nil, errors.New("the first line " + orElse(why, "is too long") + ": it must name the columns, in UTF-8")
	}
	t.columns, err = split(header.text)
	if err != nil {
		return nil, fmt.Errorf("the first line, with the names of the columns: %w", err)
	}
	return t, t.check()
}

func orElse(text, other string) string {
	if text == "" {
		return other
	}
	return text
}

// check checks the header: an unknown column may be a mistyped one that everything depends on.
func (t *table) check() error {
	for i, column := range t.columns {
		t.columns[i] = strings.ToLower(strings.TrimSpace(column))
		switch {
		case !slices.Contains(fields(), t.columns[i]):
			return fmt.Errorf("the first line names a column %q: there are %s", column, strings.Join(fields(), ", "))
		case slices.Contains(t.columns[:i], t.columns[i]):
			return fmt.Errorf("the first line names the column %s twice", t.columns[i])
		}
	}
	for _, needed := range []string{"username", "name"} {
		if !slices.Contains(t.columns, needed) {
			return fmt.Errorf("the first line names no column %s", needed)
		}
	}
	return nil
}

// next returns io.EOF after the last one.
func (t *table) next() (person, error) {
	for {
		first, err := t.lines.next()
		if err != nil {
			return person{}, err
		}
		if first.long {
			return at(first.number, "is longer than %d KiB", maxLine>>10), nil
		}
		if strings.TrimSpace(first.text) != "" {
			return t.read(first)
		}
	}
}

// read reads the record that begins with this line. If a record of several lines makes no sense, only its first line is rejected:
// a quotation mark too many must not swallow good lines, so the others are read again.
func (t *table) read(first line) (person, error) {
	text, more, closed, err := t.record(first)
	if err != nil {
		return person{}, err
	}
	p, whole := at(first.number, "a quotation mark is not closed"), false
	if closed {
		p, whole = t.person(first.number, text)
	}
	if !whole {
		t.lines.again(more)
	}
	return p, nil
}

// record adds the lines that belong to the first, because a quotation mark is open.
func (t *table) record(first line) (text string, more []line, closed bool, err error) {
	var all strings.Builder
	all.WriteString(first.text)
	for open := odd(first.text); open; {
		next, err := t.lines.next()
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

// person gives each cell to its field; whole is false if the record could not be split into them.
func (t *table) person(number int, text string) (p person, whole bool) {
	if why := readable(text); why != "" {
		return at(number, "%s", why), false
	}
	cells, err := split(text)
	if err != nil {
		return at(number, "%s", err), false
	}
	if len(cells) != len(t.columns) {
		return at(number, "has %d columns, and the first line of the file %d", len(cells), len(t.columns)), false
	}
	p = person{line: number}
	for i, cell := range cells {
		p.set(t.columns[i], cell)
	}
	return p, true
}

// split splits one record.
func split(text string) ([]string, error) {
	cells, err := csv.NewReader(strings.NewReader(text)).Read()
	if err != nil {
		return nil, errors.New("its quotation marks make no sense")
	}
	return cells, nil
}
