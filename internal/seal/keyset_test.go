package seal_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/signature"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/seal"
)

// rotated returns a keyset after each step of a rotation, and the identifiers of its two keys.
func rotated(t *testing.T, first *seal.Keyset, fresh bool) (added, promoted, retired *seal.Keyset, before, after uint32) {
	t.Helper()
	before = first.Keys()[0].ID
	added, after, err := first.Add()
	if err != nil {
		t.Fatal(err)
	}
	promoted, err = added.Promote(after)
	if err != nil {
		t.Fatal(err)
	}
	retired, err = promoted.Retire(before, fresh)
	if err != nil {
		t.Fatal(err)
	}
	return added, promoted, retired, before, after
}

// The two rounds: whichever of two neighbouring keysets a node has, it opens what a node with the other one seals.
func TestNodesWithNeighbouringKeysetsOpenEachOthersValues(t *testing.T) {
	first := generate(t)
	added, promoted, retired, before, after := rotated(t, first, false)
	rounds := []struct {
		keys  *seal.Keyset
		seals uint32
	}{{first, before}, {added, before}, {promoted, after}, {retired, after}}
	for i, round := range rounds {
		sealed, err := newSealer(t, round.keys).Seal([]byte("x"), place)
		if err != nil {
			t.Fatal(err)
		}
		if id, ok := seal.KeyOf(sealed); !ok || id != round.seals || !bytes.HasPrefix(sealed, seal.Prefix(round.seals)) {
			t.Errorf("round %d: sealed by %d, want %d", i, id, round.seals)
		}
		for _, other := range rounds[max(i-1, 0):min(i+2, len(rounds))] {
			if _, err := newSealer(t, other.keys).Open(sealed, place); err != nil {
				t.Errorf("round %d: a node of the round beside it can't open it: %v", i, err)
			}
		}
		if names := newSealer(t, round.keys).Blind("+61491570006", "sms"); names != newSealer(t, first).Blind("+61491570006", "sms") {
			t.Errorf("round %d: blinded names have changed", i)
		}
	}
	old, err := newSealer(t, first).Seal([]byte("x"), place)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := newSealer(t, retired).Open(old, place); err == nil {
		t.Error("a retired key still opens")
	}
}

// ABUSE 61: with a key that leaked the attacker has the key of blinded names, in whatever order the keys are.
func TestNamesChangeWithAKeyThatLeaked(t *testing.T) {
	first := generate(t)
	_, promoted, retired, _, after := rotated(t, first, true)
	was, is := newSealer(t, promoted).Blind("+61491570006", "sms"), newSealer(t, retired).Blind("+61491570006", "sms")
	if was == is {
		t.Error("the names of the leaked keyset are still in use")
	}
	again, _, err := retired.Add()
	if err != nil {
		t.Fatal(err)
	}
	if newSealer(t, again).Blind("+61491570006", "sms") != is {
		t.Error("the next change of the keyset changed the names again")
	}
	if keys := again.Keys(); len(keys) != 2 || keys[0].ID != after || !keys[0].Primary || !keys[0].Opens || keys[1].Primary || !keys[1].Opens {
		t.Errorf("keys %+v", keys)
	}
}

// A keyset that Tink's own tool rotated holds no key for names: retiring its first key must not change them either.
func TestNamesStayInAKeysetThatAnotherToolMade(t *testing.T) {
	manager := keyset.NewManager()
	for range 2 {
		id, err := manager.Add(aead.AES256GCMKeyTemplate())
		if err != nil {
			t.Fatal(err)
		}
		if err := manager.SetPrimary(id); err != nil {
			t.Fatal(err)
		}
	}
	handle, err := manager.Handle()
	if err != nil {
		t.Fatal(err)
	}
	keys, err := load(clear(t, handle))
	if err != nil {
		t.Fatal(err)
	}
	retired, err := keys.Retire(keys.Keys()[0].ID, false)
	if err != nil {
		t.Fatal(err)
	}
	if newSealer(t, keys).Blind("a", "b") != newSealer(t, retired).Blind("a", "b") {
		t.Error("blinded names have changed")
	}
}

func TestChangesThatWouldBreakAreRefused(t *testing.T) {
	first := generate(t)
	added, promoted, _, before, after := rotated(t, first, false)
	for name, change := range map[string]func() (*seal.Keyset, error){
		"promote the key that seals":  func() (*seal.Keyset, error) { return added.Promote(before) },
		"promote an unknown key":      func() (*seal.Keyset, error) { return first.Promote(after) },
		"retire the key that seals":   func() (*seal.Keyset, error) { return promoted.Retire(after, false) },
		"retire an unknown key":       func() (*seal.Keyset, error) { return first.Retire(after, false) },
		"retire the only key":         func() (*seal.Keyset, error) { return first.Retire(before, true) },
		"promote what is for names":   func() (*seal.Keyset, error) { return added.Promote(namesID(t, added)) },
		"retire what is for names":    func() (*seal.Keyset, error) { return added.Retire(namesID(t, added), false) },
		"a keyset that signs":         func() (*seal.Keyset, error) { return load(clear(t, signing(t))) },
		"a keyset of nothing at all":  func() (*seal.Keyset, error) { return load(`{"primaryKeyId":1,"key":[]}`) },
		"an encrypted one, no key":    func() (*seal.Keyset, error) { return load(`{"encryptedKeyset":"AAAA"}`) },
		"something that was cut off":  func() (*seal.Keyset, error) { return load(clear(t, signing(t))[1:]) },
		"an empty one":                func() (*seal.Keyset, error) { return load("\n") },
		"one whose key is a scramble": func() (*seal.Keyset, error) { return load(`{"primaryKeyId":1,"key":[{"keyId":1}]}`) },
	} {
		keys, err := change()
		if err == nil || keys != nil {
			t.Errorf("%s: it was done", name)
		} else if strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: more than one line: %v", name, err)
		}
	}
	if _, err := load(clear(t, signing(t))); err == nil || !strings.Contains(err.Error(), "EcdsaPrivateKey") {
		t.Errorf("the error does not say what the keys are: %v", err)
	}
	if _, err := seal.New(nil); err == nil {
		t.Error("no keyset was taken")
	}
}

// A node goes on with the keys it has when the new keyset does not open what it seals: it is another installation's, or an older one
// that came back with a backup of a machine.
func TestReplaceRefusesAKeysetThatIsNotTheNext(t *testing.T) {
	first := generate(t)
	sealer := newSealer(t, first)
	if err := sealer.Replace(generate(t)); err == nil {
		t.Error("a keyset without a common key was taken")
	}
	_, promoted, retired, _, _ := rotated(t, first, false)
	if err := newSealer(t, promoted).Replace(first); err == nil {
		t.Error("a keyset from before the rotation was taken")
	}
	if err := newSealer(t, promoted).Replace(retired); err != nil {
		t.Error(err)
	}
	sealed, err := sealer.Seal([]byte("x"), place)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := newSealer(t, first).Open(sealed, place); err != nil {
		t.Errorf("the sealer does not use its own keys any more: %v", err)
	}
}

// Every value that is sealed while the keys are replaced can be opened after it.
func TestReplaceUnderLoad(t *testing.T) {
	first := generate(t)
	added, promoted, _, _, _ := rotated(t, first, false)
	sealer := newSealer(t, first)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for range 500 {
				sealed, err := sealer.Seal([]byte("x"), place)
				if err == nil {
					_, err = sealer.Open(sealed, place)
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 50 {
		for _, keys := range []*seal.Keyset{added, promoted, added} {
			if err := sealer.Replace(keys); err != nil {
				t.Fatal(err)
			}
		}
	}
	group.Wait()
}

// A secret that every account of the machine can read is reported; one of a group, or an encrypted one, is as it should be.
func TestExposedFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "seal.json")
	for mode, want := range map[os.FileMode]bool{0o600: false, 0o640: false, 0o644: true, 0o602: true} {
		if err := os.WriteFile(path, []byte("{}"), mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		plain, encrypted := seal.Source{File: path}, seal.Source{File: path, KEKs: []string{"env:KEY"}}
		if got := plain.Exposed() != nil; got != want || encrypted.Exposed() != nil {
			t.Errorf("mode %v: reported %v", mode, got)
		}
	}
}

func TestFilesAreNeverOverwrittenUnseen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "seal.json")
	if err := seal.Create(path, idp.NewSecret("one")); err != nil {
		t.Fatal(err)
	}
	if err := seal.Create(path, idp.NewSecret("two")); err == nil {
		t.Error("a keyset was overwritten")
	}
	if err := seal.Rewrite(path, idp.NewSecret("zero"), idp.NewSecret("two")); err == nil {
		t.Error("a keyset that another command changed was overwritten")
	}
	if err := seal.Rewrite(path, idp.NewSecret("one"), idp.NewSecret("two")); err != nil {
		t.Error(err)
	}
	text, err := seal.Source{File: path}.Read()
	if err != nil || text.Reveal() != "two" {
		t.Errorf("it holds %q, %v", text.Reveal(), err)
	}
}

func signing(t *testing.T) *keyset.Handle {
	t.Helper()
	handle, err := keyset.NewHandle(signature.ECDSAP256KeyTemplate())
	if err != nil {
		t.Fatal(err)
	}
	return handle
}

// clear writes a keyset as Tink's own tool does.
func clear(t *testing.T, handle *keyset.Handle) string {
	t.Helper()
	var text bytes.Buffer
	if err := insecurecleartextkeyset.Write(handle, keyset.NewJSONWriter(&text)); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

// namesID finds the key of blinded names, which no list shows.
func namesID(t *testing.T, keys *seal.Keyset) uint32 {
	t.Helper()
	text, err := seal.Encode(keys)
	if err != nil {
		t.Fatal(err)
	}
	handle, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(strings.NewReader(text.Reveal())))
	if err != nil {
		t.Fatal(err)
	}
	for _, info := range handle.KeysetInfo().GetKeyInfo() {
		if strings.HasSuffix(info.GetTypeUrl(), "HmacKey") {
			return info.GetKeyId()
		}
	}
	t.Fatal("the keyset has no key for names")
	return 0
}
