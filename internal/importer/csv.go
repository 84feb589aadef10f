package importer

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// table reads people from CSV.
type table struct {
	records records
	columns []string
}

// newTable reads the header.
func newTable(l *lines) (*table, error) {
	t := &table{records: records{lines: l, comma: ','}}
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
	t.columns, err = split(header.text, t.records.comma)
	if err != nil {
		return nil, fmt.Errorf("the first line, with the names of the columns: %w", err)
	}
	t.records.width = len(t.columns)
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

// next gives each cell of the next record to its field; io.EOF after the last one.
func (t *table) next() (person, error) {
	found, err := t.records.next()
	if err != nil {
		return person{}, err
	}
	if found.fault != "" {
		return at(found.line, "%s", found.fault), nil
	}
	p := person{line: found.line}
	for i, cell := range found.cells {
		p.set(t.columns[i], cell)
	}
	return p, nil
}
