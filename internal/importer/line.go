package importer

import (
	"bufio"
	"errors"
	"io"
	"strings"
)

// maxLine bounds a line, and a record of several lines, in bytes.
const maxLine = 64 << 10

// line is one line of the file, without its end.
type line struct {
	number int
	text   string
	long   bool // over maxLine: text is empty
}

// lines reads a file line by line, and takes lines back.
type lines struct {
	from    *bufio.Reader
	number  int
	pending []line // taken back, to be read again
}

func newLines(r io.Reader) *lines { return &lines{from: bufio.NewReaderSize(r, maxLine)} }

// next returns io.EOF after the last one.
func (l *lines) next() (line, error) {
	if len(l.pending) > 0 {
		first := l.pending[0]
		l.pending = l.pending[1:]
		return first, nil
	}
	read, err := l.from.ReadSlice('\n')
	if errors.Is(err, io.EOF) && len(read) == 0 {
		return line{}, io.EOF
	}
	l.number++
	if errors.Is(err, bufio.ErrBufferFull) {
		return line{number: l.number, long: true}, l.skip()
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return line{}, err
	}
	text := strings.TrimSuffix(strings.TrimSuffix(string(read), "\n"), "\r")
	if l.number == 1 {
		text = strings.TrimPrefix(text, "\ufeff")
	}
	return line{number: l.number, text: text}, nil
}

// skip reads to the end of a line that is too long.
func (l *lines) skip() error {
	for {
		_, err := l.from.ReadSlice('\n')
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF):
			return nil
		default:
			return err
		}
	}
}

// again takes lines back, so that they are read next.
func (l *lines) again(read []line) { l.pending = append(read, l.pending...) }
