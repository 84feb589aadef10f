package seal_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/seal"
)

const place = "authenticators/totp_key/aut_1"

func TestSealedValueOpensOnlyInItsPlace(t *testing.T) {
	sealer := newSealer(t, generate(t))
	plaintext := []byte("JBSWY3DPEHPK3PXP")
	sealed, err := sealer.Seal(plaintext, place)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(sealed, plaintext) {
		t.Fatal("the plaintext can be read in the sealed value")
	}

	opened, err := sealer.Open(sealed, place)
	if err != nil || !bytes.Equal(opened, plaintext) {
		t.Fatalf("opened %q, %v", opened, err)
	}
	for _, elsewhere := range []string{"authenticators/totp_key/aut_2", "authenticators/phone/aut_1", "", place + "/"} {
		if _, err := sealer.Open(sealed, elsewhere); idp.CodeOf(err) != idp.CodeInternal {
			t.Errorf("opened in %q: %v", elsewhere, err)
		}
	}
}

func TestChangedValueIsRefused(t *testing.T) {
	sealer := newSealer(t, generate(t))
	sealed, err := sealer.Seal([]byte("+61491570006"), place)
	if err != nil {
		t.Fatal(err)
	}
	for i := range sealed {
		changed := bytes.Clone(sealed)
		changed[i] ^= 1
		if _, err := sealer.Open(changed, place); err == nil {
			t.Errorf("opened with a bit of byte %d changed", i)
		}
		if _, err := sealer.Open(sealed[:i], place); err == nil {
			t.Errorf("opened when cut to %d bytes", i)
		}
	}
}

func TestErrorNamesThePlaceAndNotTheValue(t *testing.T) {
	sealer := newSealer(t, generate(t))
	_, err := sealer.Open([]byte("sealed-elsewhere"), place)
	if err == nil || !strings.Contains(err.Error(), place) || strings.Contains(err.Error(), "sealed-elsewhere") {
		t.Fatalf("error %v", err)
	}
}

func TestRotationOpensWhatOlderKeysSealed(t *testing.T) {
	before := generate(t)
	old, err := newSealer(t, before).Seal([]byte("old"), place)
	if err != nil {
		t.Fatal(err)
	}
	added, id, err := before.Add()
	if err != nil {
		t.Fatal(err)
	}
	after, err := added.Promote(id)
	if err != nil {
		t.Fatal(err)
	}

	rotated := newSealer(t, after)
	if opened, err := rotated.Open(old, place); err != nil || string(opened) != "old" {
		t.Fatalf("opened %q, %v", opened, err)
	}
	fresh, err := rotated.Seal([]byte("new"), place)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := newSealer(t, before).Open(fresh, place); err == nil {
		t.Fatal("the old keyset opened what the new key sealed: the primary did not change")
	}
	if rotated.Blind("+61491570006", "sms") != newSealer(t, before).Blind("+61491570006", "sms") {
		t.Error("names changed with a new key: nodes that don't have it yet count apart")
	}
	text := []byte("text")
	if proof := newSealer(t, before).MAC(text, place); !rotated.VerifyMAC(text, place, proof) {
		t.Error("what the old key proved is not proved any more")
	}
	if proof := rotated.MAC(text, place); newSealer(t, before).VerifyMAC(text, place, proof) {
		t.Error("the old keyset knows the proof of the new key: the primary did not change")
	}
}

func TestBlindNamesTellApartAndNothingElse(t *testing.T) {
	keys := generate(t)
	one, again, other := newSealer(t, keys), newSealer(t, keys), newSealer(t, generate(t))
	const number = "+61491570006"
	name := one.Blind(number, "number")
	if name != again.Blind(number, "number") {
		t.Error("two nodes name the same number differently")
	}
	different := []string{
		one.Blind("+61491570007", "number"), one.Blind(number, "user"), one.Blind("r"+number, "numbe"),
		other.Blind(number, "number"), idp.HashToken(number), idp.HashToken("number" + number),
	}
	for i, d := range different {
		if d == name {
			t.Errorf("name %d is the same", i)
		}
	}
}

func TestAProofIsOfOneTextInOnePlace(t *testing.T) {
	sealer := newSealer(t, generate(t))
	text := []byte("text")
	proof := sealer.MAC(text, place)
	if len(proof) != seal.MACSize || !sealer.VerifyMAC(text, place, proof) {
		t.Fatalf("%x is not known", proof)
	}
	for i := range proof {
		forged := bytes.Clone(proof)
		forged[i] ^= 1
		if sealer.VerifyMAC(text, place, forged) || sealer.VerifyMAC(text, place, proof[:i]) {
			t.Errorf("a proof that differs in byte %d is taken", i)
		}
	}
	for name, taken := range map[string]bool{
		"another text":      sealer.VerifyMAC([]byte("tex"), place, proof),
		"another place":     sealer.VerifyMAC(text, place+"x", proof),
		"moved between two": sealer.VerifyMAC([]byte("1text"), place[:len(place)-1], proof),
		"no proof":          sealer.VerifyMAC(text, place, nil),
		"another keyset":    newSealer(t, generate(t)).VerifyMAC(text, place, proof),
	} {
		if taken {
			t.Errorf("%s: taken", name)
		}
	}
}

func TestKeysetIsTextOrBase64(t *testing.T) {
	keys := generate(t)
	text, err := seal.Encode(keys)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := newSealer(t, keys).Seal([]byte("x"), place)
	if err != nil {
		t.Fatal(err)
	}
	forms := map[string]string{
		"json":           text.Reveal(),
		"json, new line": "\n" + text.Reveal() + "\n",
		"base64":         base64.StdEncoding.EncodeToString([]byte(text.Reveal())),
	}
	for name, form := range forms {
		parsed, err := load(form)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if _, err := newSealer(t, parsed).Open(sealed, place); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, bad := range []string{" ", "{}", "{", "not base64!", "c2VjcmV0", `{"primaryKeyId":1,"key":[]}`, text.Reveal()[1:]} {
		_, err := load(bad)
		if err == nil {
			t.Errorf("%q was taken", bad)
		} else if len(bad) > 5 && strings.Contains(err.Error(), bad) {
			t.Errorf("the error quotes the key: %v", err)
		}
	}
}

func TestLoadOrCreateKeepsOneKeysetForAllProcesses(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "seal.json")
	const starters = 16
	sealers := make([]*seal.Sealer, starters)
	var group sync.WaitGroup
	for i := range starters {
		group.Go(func() {
			keys, err := seal.Source{File: path}.LoadOrCreate(t.Context())
			if err != nil {
				t.Error(err)
				return
			}
			sealers[i], err = seal.New(keys)
			if err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if t.Failed() {
		t.FailNow()
	}

	sealed, err := sealers[0].Seal([]byte("x"), place)
	if err != nil {
		t.Fatal(err)
	}
	for i, sealer := range sealers {
		if _, err := sealer.Open(sealed, place); err != nil {
			t.Errorf("starter %d has another keyset: %v", i, err)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestLoadOrCreateNeverReplacesABrokenFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "seal.json")
	if err := os.WriteFile(path, []byte("{broken"), 0o600); err != nil {
		t.Fatal(err)
	}
	source := seal.Source{File: path}
	if _, err := source.LoadOrCreate(t.Context()); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("error %v", err)
	}
	kept, err := os.ReadFile(path)
	if err != nil || string(kept) != "{broken" {
		t.Errorf("the file now holds %q, %v", kept, err)
	}
}

func TestLoadSaysThatThereIsNoFile(t *testing.T) {
	source := seal.Source{File: filepath.Join(t.TempDir(), "absent.json")}
	_, err := source.Load(t.Context())
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v", err)
	}
}

func generate(t *testing.T) *seal.Keyset {
	t.Helper()
	keys, err := seal.Generate()
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func load(text string) (*seal.Keyset, error) {
	return seal.Source{Text: idp.NewSecret(text)}.Load(context.Background())
}

func newSealer(t *testing.T, keys *seal.Keyset) *seal.Sealer {
	t.Helper()
	sealer, err := seal.New(keys)
	if err != nil {
		t.Fatal(err)
	}
	return sealer
}
