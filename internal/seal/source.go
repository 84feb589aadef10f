package seal

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"

	"github.com/apscloud/apsid/internal/idp"
)

// kekWithin bounds how long a service that keeps a key-encryption key is waited for.
const kekWithin = 10 * time.Second

// Source says where a keyset is, and how it is encrypted there. It is Tink's JSON form, or the base64 of it for places that dislike
// braces.
type Source struct {
	File string
	Text idp.Secret // the keyset itself, instead of a file
	KEKs []string   // key-encryption keys: the first encrypts, all of them open; empty: the keyset is in the clear
}

// Read returns the text of the keyset as it rests. A missing file is fs.ErrNotExist.
func (s Source) Read() (idp.Secret, error) {
	if !s.Text.IsZero() {
		return s.Text, nil
	}
	text, err := os.ReadFile(s.File)
	if err != nil {
		return idp.Secret{}, fmt.Errorf("seal: read the keyset: %w", err)
	}
	return idp.NewSecret(string(text)), nil
}

// Load reads the keyset. A missing file is fs.ErrNotExist; idp.CodeUnavailable if a service did not answer. A keyset in the clear
// where a key-encryption key is named is refused, and so is the reverse. No error quotes a part of a key.
func (s Source) Load(ctx context.Context) (*Keyset, error) {
	return s.load(ctx, func(encrypted bool) error {
		switch {
		case encrypted && len(s.KEKs) == 0:
			return errors.New("the keyset is encrypted, and no key-encryption key is given: name it with --seal-kek")
		case !encrypted && len(s.KEKs) > 0:
			return errors.New(`the keyset is in the clear, though --seal-kek names a key-encryption key: "apsid keys seal rewrap" encrypts it`)
		}
		return nil
	})
}

// LoadEither is Load for a keyset of which it does not matter whether it is encrypted.
func (s Source) LoadEither(ctx context.Context) (*Keyset, error) {
	return s.load(ctx, func(bool) error { return nil })
}

// Parse is Load for a text that Read returned.
func (s Source) Parse(ctx context.Context, text idp.Secret) (*Keyset, error) {
	return Source{File: s.File, Text: text, KEKs: s.KEKs}.Load(ctx)
}

func (s Source) load(ctx context.Context, accept func(encrypted bool) error) (*Keyset, error) {
	text, err := s.Read()
	if err != nil {
		return nil, err
	}
	keys, err := s.parse(ctx, text, accept)
	if err != nil && s.File != "" {
		err = fmt.Errorf("%s: %w", s.File, err)
	}
	return keys, err
}

func (s Source) parse(ctx context.Context, text idp.Secret, accept func(encrypted bool) error) (*Keyset, error) {
	trimmed := strings.TrimSpace(text.Reveal())
	if trimmed == "" {
		return nil, errors.New("the keyset is empty")
	}
	raw := []byte(trimmed)
	if !strings.HasPrefix(trimmed, "{") {
		decoded, err := base64.StdEncoding.DecodeString(trimmed)
		if err != nil {
			return nil, errKeyset
		}
		raw = decoded
	}
	encrypted := isEncrypted(raw)
	if err := accept(encrypted); err != nil {
		return nil, err
	}
	if encrypted {
		return s.decrypt(ctx, raw)
	}
	handle, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(raw)))
	if err != nil {
		return nil, errKeyset
	}
	return newKeyset(handle)
}

// decrypt tries the keys in turn. A service that does not answer says nothing of the others.
func (s Source) decrypt(ctx context.Context, raw []byte) (*Keyset, error) {
	ctx, cancel := context.WithTimeout(ctx, kekWithin)
	defer cancel()
	if _, err := keyset.NewJSONReader(bytes.NewReader(raw)).ReadEncrypted(); err != nil {
		return nil, errKeyset
	}
	var failed []error
	for _, name := range s.KEKs {
		k, err := openKEK(ctx, name)
		if err != nil {
			failed = append(failed, err)
			continue
		}
		handle, err := keyset.ReadWithContext(ctx, keyset.NewJSONReader(bytes.NewReader(raw)), k, nil)
		if err == nil {
			return newKeyset(handle)
		}
		failed = append(failed, fmt.Errorf("the keyset can't be decrypted: %w", k.because()))
	}
	return nil, together(failed)
}

// together is several errors in one line; it has the code of the last that has one.
func together(errs []error) error {
	if len(errs) == 0 {
		return errors.New("the keyset is encrypted, and no key-encryption key is given: name it with --seal-kek")
	}
	err := errs[0]
	for _, other := range errs[1:] {
		err = fmt.Errorf("%w; %w", err, other)
	}
	return err
}

// Encode writes the keyset in the form that Load reads: encrypted under the first of the key-encryption keys, if there is one.
func (s Source) Encode(ctx context.Context, keys *Keyset) (idp.Secret, error) {
	if len(s.KEKs) == 0 {
		return Encode(keys)
	}
	ctx, cancel := context.WithTimeout(ctx, kekWithin)
	defer cancel()
	k, err := openKEK(ctx, s.KEKs[0])
	if err != nil {
		return idp.Secret{}, err
	}
	var text bytes.Buffer
	if err := keys.handle.WriteWithContext(ctx, keyset.NewJSONWriter(&text), k, nil); err != nil {
		return idp.Secret{}, fmt.Errorf("the keyset can't be encrypted: %w", k.because())
	}
	return idp.NewSecret(text.String()), nil
}

// Encode writes the keyset with its keys in the clear.
func Encode(keys *Keyset) (idp.Secret, error) {
	var text bytes.Buffer
	if err := insecurecleartextkeyset.Write(keys.handle, keyset.NewJSONWriter(&text)); err != nil {
		return idp.Secret{}, fmt.Errorf("seal: encode a keyset: %w", err)
	}
	return idp.NewSecret(text.String()), nil
}
