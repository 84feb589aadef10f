package seal_test

import (
	"crypto/rand"
	"encoding/base64"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/seal"
	"github.com/apscloud/apsid/internal/testenv"
)

// secretKey is 32 random bytes as an operator makes them.
func secretKey() string {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw)
	return base64.StdEncoding.EncodeToString(raw) + "\n"
}

func keyFile(t *testing.T, text string, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "kek")
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	return "file:" + path
}

// amazon makes the AWS library speak to moto, and returns the service.
func amazon(t *testing.T) *kms.Client {
	t.Helper()
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": testenv.Moto(t), "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_EC2_METADATA_DISABLED": "true",
		"AWS_MAX_ATTEMPTS": "1",
	} {
		t.Setenv(name, value)
	}
	settings, err := config.LoadDefaultConfig(t.Context(), config.WithRegion("ap-southeast-2"))
	if err != nil {
		t.Fatal(err)
	}
	return kms.NewFromConfig(settings)
}

func amazonKey(t *testing.T, service *kms.Client) string {
	t.Helper()
	made, err := service.CreateKey(t.Context(), &kms.CreateKeyInput{})
	if err != nil {
		t.Fatal(err)
	}
	return aws.ToString(made.KeyMetadata.Arn)
}

// encrypted writes the keyset under a key-encryption key.
func encrypted(t *testing.T, keys *seal.Keyset, kek string) idp.Secret {
	t.Helper()
	text, err := seal.Source{KEKs: []string{kek}}.Encode(t.Context(), keys)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func opens(t *testing.T, text idp.Secret, keks ...string) (*seal.Keyset, error) {
	t.Helper()
	return seal.Source{Text: text, KEKs: keks}.Load(t.Context())
}

func TestKeysetRestsEncrypted(t *testing.T) {
	service := amazon(t)
	t.Setenv("SEAL_KEK_ONE", secretKey())
	t.Setenv("SEAL_KEK_TWO", secretKey())
	for name, pair := range map[string][2]string{
		"file":        {keyFile(t, secretKey(), 0o600), keyFile(t, secretKey(), 0o640)},
		"environment": {"env:SEAL_KEK_ONE", "env:SEAL_KEK_TWO"},
		"AWS KMS":     {"aws-kms://" + amazonKey(t, service), "aws-kms://" + amazonKey(t, service)},
	} {
		mine, other := pair[0], pair[1]
		keys := generate(t)
		text := encrypted(t, keys, mine)
		sealed, err := newSealer(t, keys).Seal([]byte("x"), place)
		if err != nil {
			t.Fatal(err)
		}
		plain, err := seal.Encode(keys)
		if err != nil {
			t.Fatal(err)
		}
		if material := between(plain.Reveal(), `"value":"`, `"`); material == "" || strings.Contains(text.Reveal(), material) {
			t.Errorf("%s: the key can be read in the encrypted keyset", name)
		}
		for _, keks := range [][]string{{mine}, {other, mine}, {mine, other}} {
			again, err := opens(t, text, keks...)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			if _, err := newSealer(t, again).Open(sealed, place); err != nil {
				t.Errorf("%s: another keyset came back: %v", name, err)
			}
		}
		for what, try := range map[string]func() (*seal.Keyset, error){
			"under another key":                func() (*seal.Keyset, error) { return opens(t, text, other) },
			"without a key":                    func() (*seal.Keyset, error) { return opens(t, text) },
			"a keyset in the clear with a key": func() (*seal.Keyset, error) { return opens(t, plain, mine) },
			"cut off":                          func() (*seal.Keyset, error) { return opens(t, idp.NewSecret(text.Reveal()[:100]), mine) },
			"changed":                          func() (*seal.Keyset, error) { return opens(t, changed(text), mine) },
		} {
			_, err := try()
			if err == nil {
				t.Errorf("%s: a keyset was read %s", name, what)
			} else if strings.Contains(err.Error(), "\n") || strings.Contains(err.Error(), between(text.Reveal(), `"encryptedKeyset":"`, `"`)[:20]) {
				t.Errorf("%s: %s: the error is no one line without key material: %v", name, what, err)
			}
		}
	}
}

// The key in AWS is rotated: what its former material encrypted is still read, and what is encrypted anew is read too.
func TestKeyOfAWSIsRotated(t *testing.T) {
	service := amazon(t)
	id := amazonKey(t, service)
	keys := generate(t)
	before := encrypted(t, keys, "aws-kms://"+id)
	if _, err := service.RotateKeyOnDemand(t.Context(), &kms.RotateKeyOnDemandInput{KeyId: &id}); err != nil {
		t.Fatal(err)
	}
	after := encrypted(t, keys, "aws-kms://"+id)
	for name, text := range map[string]idp.Secret{"before": before, "after": after} {
		if _, err := opens(t, text, "aws-kms://"+id); err != nil {
			t.Errorf("encrypted %s the rotation: %v", name, err)
		}
	}
}

// What is wrong with a key-encryption key is said in one line, in the operator's words, and never with a part of it.
func TestWrongKeyEncryptionKeys(t *testing.T) {
	key := amazonKey(t, amazon(t))
	text := encrypted(t, generate(t), "aws-kms://"+key)
	half := secretKey()[:20]
	t.Setenv("SEAL_KEK_HALF", half)
	for name, want := range map[string]string{
		keyFile(t, half, 0o600):        "must hold the base64 of 32 random bytes",
		keyFile(t, secretKey(), 0o644): "every account of this machine can read it",
		"file:/nowhere/kek":            "/nowhere/kek",
		"env:SEAL_KEK_HALF":            "env:SEAL_KEK_HALF must hold",
		"env:SEAL_KEK_NONE":            "env:SEAL_KEK_NONE must hold",
		"aws-kms://alias/seal":         "expected aws-kms://arn:aws:kms:REGION",
		"aws-kms://" + strings.Replace(key, "key/", "key/0", 1): "NotFoundException",
		"vault:seal": "must begin with file:, env: or aws-kms://",
	} {
		_, err := opens(t, text, name)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), half) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A service that is away is no wrong key: the caller may try again.
func TestKMSThatIsAwayIsUnavailable(t *testing.T) {
	service := amazon(t)
	id := "aws-kms://" + amazonKey(t, service)
	text := encrypted(t, generate(t), id)
	nobody := httptest.NewServer(nil)
	nobody.Close()
	t.Setenv("AWS_ENDPOINT_URL", nobody.URL)
	_, err := opens(t, text, id)
	if idp.CodeOf(err) != idp.CodeUnavailable || !strings.Contains(err.Error(), "AWS KMS did not answer") || strings.Contains(err.Error(), "\n") {
		t.Errorf("%v", err)
	}
}

func changed(text idp.Secret) idp.Secret {
	const begin = `"encryptedKeyset":"`
	at := strings.Index(text.Reveal(), begin) + len(begin) + 40
	with := "A"
	if text.Reveal()[at] == 'A' {
		with = "B"
	}
	return idp.NewSecret(text.Reveal()[:at] + with + text.Reveal()[at+1:])
}

func between(text, begin, end string) string {
	_, rest, _ := strings.Cut(text, begin)
	found, _, _ := strings.Cut(rest, end)
	return found
}
