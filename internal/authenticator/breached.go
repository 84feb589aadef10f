package authenticator

import (
	"bytes"
	"crypto/sha1" // #nosec G505 -- the hash of the list, which protects nothing
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

const (
	longestLine  = 128 // bytes
	leastHex     = 10  // digits of a line: fewer would refuse passwords that stand in no list
	breachChecks = 64  // places at which the order of a list is checked when it is opened
)

// Breached is the public list of stolen passwords in its sorted text form: a line for each, which begins with its SHA-1 hash in
// hexadecimal or with the first ten digits of that or more, in either case; what follows a colon is not read. It is searched where it
// lies, whatever its size. It is safe for concurrent use.
type Breached struct {
	list io.ReaderAt
	size int64 // bytes
}

// NewBreached checks at some places that the list is one. Errors say what is wrong with it, and never what stands in it.
func NewBreached(list io.ReaderAt, size int64) (*Breached, error) {
	b := &Breached{list: list, size: size}
	if size == 0 {
		return nil, errors.New("the list of breached passwords is empty")
	}
	before, last := "", int64(-1)
	for i := range int64(breachChecks) {
		prefix, start, _, err := b.line((size-1)/(breachChecks-1)*i + (size-1)%(breachChecks-1)*i/(breachChecks-1))
		if err != nil {
			return nil, err
		}
		if start != last && before >= prefix {
			return nil, fmt.Errorf("the list of breached passwords is not sorted by hash: see byte %d", start)
		}
		before, last = prefix, start
	}
	return b, nil
}

// Has reports whether the list has this text. It reads a line for each halving of the list.
func (b *Breached) Has(text string) (bool, error) {
	sum := sha1.Sum([]byte(text)) // #nosec G401 -- the hash of the list
	wanted := strings.ToUpper(hex.EncodeToString(sum[:]))
	for low, high := int64(0), b.size; low < high; {
		prefix, start, end, err := b.line(low + (high-low)/2)
		if err != nil {
			return false, err
		}
		switch strings.Compare(prefix, wanted[:len(prefix)]) {
		case 0:
			return true, nil
		case -1:
			low = end
		default:
			high = start
		}
	}
	return false, nil
}

// line reads the line in which the byte at this offset stands: its hash in upper case, where it begins, and where the next one begins.
func (b *Breached) line(at int64) (prefix string, start, end int64, err error) {
	from := max(at-longestLine, 0)
	buffer := make([]byte, 2*longestLine)
	n, err := b.list.ReadAt(buffer, from)
	if err != nil && !errors.Is(err, io.EOF) {
		return "", 0, 0, fmt.Errorf("the list of breached passwords can't be read: %w", err)
	}
	buffer = buffer[:n]
	if at-from >= int64(n) {
		return "", 0, 0, errors.New("the list of breached passwords became shorter")
	}
	first := bytes.LastIndexByte(buffer[:at-from], '\n') + 1
	if first == 0 && from > 0 {
		return "", 0, 0, wrongLine(at)
	}
	length := bytes.IndexByte(buffer[first:], '\n')
	next := first + length + 1
	if length < 0 {
		length, next = n-first, n
		if from+int64(n) < b.size {
			return "", 0, 0, wrongLine(at)
		}
	}
	found, _, _ := bytes.Cut(bytes.TrimRight(buffer[first:first+length], "\r"), []byte(":"))
	if len(found) < leastHex || len(found) > 2*sha1.Size || bytes.ContainsFunc(found, func(r rune) bool { return !strings.ContainsRune("0123456789abcdefABCDEF", r) }) {
		return "", 0, 0, wrongLine(from + int64(first))
	}
	return strings.ToUpper(string(found)), from + int64(first), from + int64(next), nil
}

func wrongLine(at int64) error {
	return fmt.Errorf("the list of breached passwords has a line that begins with no SHA-1 hash of %d digits or more: see byte %d", leastHex, at)
}

// Listed is a list of breached passwords in a file, if there is one. The file is opened for each look-up, so that an operator can put a
// newer one in its place.
type Listed struct {
	Path   string      // "": there is none
	Failed func(error) // told of each look-up that fails; nil: no one
}

// Check reports what is wrong with the file; nil if there is none.
func (l Listed) Check() error {
	if l.Path == "" {
		return nil
	}
	return l.open(func(file io.ReaderAt, size int64) error {
		_, err := NewBreached(file, size)
		return err
	})
}

// any reports whether the list has one of the texts.
func (l Listed) any(texts []string) (found bool) {
	if l.Path == "" {
		return false
	}
	err := l.open(func(file io.ReaderAt, size int64) (err error) {
		list := &Breached{list: file, size: size}
		for _, text := range texts {
			found, err = list.Has(text)
			if found || err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil && l.Failed != nil {
		l.Failed(err)
	}
	return found
}

func (l Listed) open(look func(io.ReaderAt, int64) error) error {
	file, err := os.Open(l.Path)
	if err != nil {
		return err
	}
	info, err := file.Stat()
	if err != nil {
		return errors.Join(err, file.Close())
	}
	return errors.Join(look(file, info.Size()), file.Close())
}
