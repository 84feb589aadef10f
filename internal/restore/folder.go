package restore

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Folder keeps marks in files of a node's own folder, which is made if it is not there. It implements Keeper. A node that can't write
// there goes on: other keepers stand in.
type Folder struct{ Path string }

// FindMark returns the mark of the trail; the zero mark if there is none. A file that can't be read is an error, and no mark.
func (f Folder) FindMark(_ context.Context, trail string) (m Mark, err error) {
	text, err := os.ReadFile(f.file(trail)) // #nosec G304 -- the operator names the folder
	if errors.Is(err, fs.ErrNotExist) {
		return Mark{}, nil
	}
	if err != nil {
		return Mark{}, err
	}
	return m, m.UnmarshalText(text)
}

// RaiseMark keeps the mark unless one is kept that tells more. A file is replaced as a whole.
func (f Folder) RaiseMark(ctx context.Context, trail string, m Mark) error {
	kept, err := f.FindMark(ctx, trail)
	if err == nil && kept != (Mark{}) && !kept.Before(m) {
		return nil
	}
	text, err := m.MarshalText()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(f.Path, 0o700); err != nil {
		return err
	}
	next, err := os.CreateTemp(f.Path, "seen-*.new")
	if err != nil {
		return err
	}
	_, err = next.Write(text)
	err = errors.Join(err, next.Close())
	if err == nil {
		err = os.Rename(next.Name(), f.file(trail))
	}
	if err != nil {
		return errors.Join(err, os.Remove(next.Name()))
	}
	return nil
}

func (f Folder) file(trail string) string {
	return filepath.Join(f.Path, "seen-"+strings.ToLower(trail)+".json")
}
