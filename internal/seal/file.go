package seal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tink-crypto/tink-go/v2/keyset"

	"github.com/apscloud/apsid/internal/idp"
)

// Load reads a keyset from a file in the form that Parse reads. A missing file is fs.ErrNotExist.
func Load(path string) (*keyset.Handle, error) {
	text, err := os.ReadFile(path) // #nosec G304 -- the operator names it
	if err != nil {
		return nil, fmt.Errorf("seal: read the keyset: %w", err)
	}
	keys, err := Parse(idp.NewSecret(string(text)))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return keys, nil
}

// LoadOrCreate reads the keyset at path, and creates it with a fresh key if there is no such file. The directory must exist.
// Processes that start together end up with the same keyset, and a crash leaves either a whole file or none.
func LoadOrCreate(path string) (*keyset.Handle, error) {
	keys, err := Load(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return keys, err
	}
	if err := create(path); err != nil {
		return nil, fmt.Errorf("seal: create the keyset: %w", err)
	}
	return Load(path)
}

// create puts a fresh keyset at path unless a file is there already. It links a finished file into place, because a link,
// unlike a rename, never replaces what another process created in the meantime.
func create(path string) error {
	keys, err := Generate()
	if err != nil {
		return err
	}
	text, err := Encode(keys)
	if err != nil {
		return err
	}
	draft, err := writeDraft(filepath.Dir(path), text)
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(draft) }()
	err = os.Link(draft, path)
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
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
