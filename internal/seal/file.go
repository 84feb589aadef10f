package seal

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/apscloud/apsid/internal/idp"
)

// errOthers is the fault of a secret that every account of the machine can read.
var errOthers = errors.New("every account of this machine can read it: chmod 600")

// checkSecret refuses a file that every account can read. A group may: secrets that a container is given are often its group's.
func checkSecret(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if info.Mode().Perm()&0o007 != 0 {
		return fmt.Errorf("%s: %w", path, errOthers)
	}
	return nil
}

// Exposed is the fault of a keyset in the clear in a file that every account of the machine can read; nil if there is none.
func (s Source) Exposed() error {
	if !s.Text.IsZero() || len(s.KEKs) > 0 {
		return nil
	}
	if err := checkSecret(s.File); errors.Is(err, errOthers) {
		return err
	}
	return nil
}

// LoadOrCreate reads the keyset, and creates its file with a fresh key if there is none. The directory must exist. Processes that
// start together end up with the same keyset, and a crash leaves either a whole file or none.
func (s Source) LoadOrCreate(ctx context.Context) (*Keyset, error) {
	keys, err := s.Load(ctx)
	if !errors.Is(err, fs.ErrNotExist) {
		return keys, err
	}
	keys, err = Generate()
	if err != nil {
		return nil, err
	}
	text, err := s.Encode(ctx, keys)
	if err != nil {
		return nil, err
	}
	err = Create(s.File, text)
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	return s.Load(ctx)
}

// Create writes a keyset into a new file of mode 0600; fs.ErrExist if there is one. It links a finished file into place, because a
// link, unlike a rename, never replaces what another process created in the meantime.
func Create(path string, text idp.Secret) error {
	draft, err := writeDraft(filepath.Dir(path), text)
	if err != nil {
		return fmt.Errorf("seal: create the keyset: %w", err)
	}
	defer func() { _ = os.Remove(draft) }()
	err = os.Link(draft, path)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s: %w", path, fs.ErrExist)
	}
	if err != nil {
		return fmt.Errorf("seal: create the keyset: %w", err)
	}
	return nil
}

// errMeanwhile says that the file was changed by another command at the same time.
var errMeanwhile = errors.New("the file was changed meanwhile: begin again")

// Rewrite puts a keyset into the place of the one that was read there, which must not have changed. The file keeps its owner and
// is of mode 0600; one that is a symbolic link stays one. A crash leaves the old keyset or the new one.
func Rewrite(path string, was, text idp.Secret) error {
	path, err := filepath.EvalSymlinks(path)
	if err != nil {
		return fmt.Errorf("seal: rewrite the keyset: %w", err)
	}
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("seal: rewrite the keyset: %w", err)
	}
	draft, err := writeDraft(filepath.Dir(path), text)
	if err != nil {
		return fmt.Errorf("seal: rewrite the keyset: %w", err)
	}
	defer func() { _ = os.Remove(draft) }() // it is not there any more once it was renamed
	if owner, ok := info.Sys().(*syscall.Stat_t); ok {
		if err := os.Chown(draft, int(owner.Uid), int(owner.Gid)); err != nil {
			return fmt.Errorf("seal: rewrite the keyset: %w", err)
		}
	}
	now, err := os.ReadFile(path) // #nosec G304 -- the operator names it
	if err != nil {
		return fmt.Errorf("seal: rewrite the keyset: %w", err)
	}
	if !was.Equal(string(now)) {
		return fmt.Errorf("%s: %w", path, errMeanwhile)
	}
	return os.Rename(draft, path)
}

// writeDraft writes text durably into a new file of mode 0600 (os.CreateTemp's own mode) and returns its name.
func writeDraft(dir string, text idp.Secret) (string, error) {
	file, err := os.CreateTemp(dir, ".keyset-*")
	if err != nil {
		return "", err
	}
	_, err = file.WriteString(text.Reveal())
	err = errors.Join(err, file.Sync(), file.Close())
	if err != nil {
		return "", errors.Join(err, os.Remove(file.Name()))
	}
	return file.Name(), nil
}
