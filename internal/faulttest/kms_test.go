package faulttest

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/apscloud/apsid/internal/seal"
	"github.com/apscloud/apsid/internal/testenv"
)

// newKMS has this process, and the nodes and commands that it starts, use a stand-in of AWS KMS.
func newKMS(t testing.TB) *kms.Client {
	t.Helper()
	t.Setenv("AWS_ENDPOINT_URL_KMS", testenv.Moto(t))
	settings, err := config.LoadDefaultConfig(t.Context(), config.WithRegion("ap-southeast-2"))
	fatal(t, err)
	return kms.NewFromConfig(settings)
}

// newKEK makes a key in KMS, and returns it as --seal-kek names it.
func newKEK(t testing.TB, service *kms.Client) string {
	t.Helper()
	made, err := service.CreateKey(t.Context(), &kms.CreateKeyInput{})
	fatal(t, err)
	return "aws-kms://" + aws.ToString(made.KeyMetadata.Arn)
}

// underKMS starts nodes whose keyset rests encrypted under a key of KMS.
func underKMS(t testing.TB, start launch) launch {
	kek := newKEK(t, newKMS(t))
	file := filepath.Join(t.TempDir(), "seal-keys.enc.json")
	return func(t testing.TB, arguments []string) node {
		t.Helper()
		arguments = slices.Clone(arguments)
		clear := &arguments[slices.Index(arguments, "--seal-keys")+1]
		if _, err := os.Stat(file); err != nil {
			keys, err := seal.Source{File: *clear}.Load(context.Background())
			fatal(t, err)
			text, err := seal.Source{KEKs: []string{kek}}.Encode(context.Background(), keys)
			fatal(t, err)
			fatal(t, seal.Create(file, text))
		}
		*clear = file
		return start(t, append(arguments, "--seal-kek", kek))
	}
}

// wrapAnew rotates the key inside KMS, and then replaces it by another one, as the runbook says.
func wrapAnew(s *scene) {
	service := newKMS(s.t)
	given := s.nodes[0].(*process).arguments
	old, next := given[slices.Index(given, "--seal-kek")+1], newKEK(s.t, service)
	rewrap := func(keks string) {
		s.command("keys", "seal", "rewrap", "--database-url", s.stores.direct, "--redis-url", s.stores.redis,
			"--seal-keys", given[slices.Index(given, "--seal-keys")+1], "--seal-kek", keks)
	}
	restart := func(keks string) {
		for _, n := range s.nodes {
			arguments := n.(*process).arguments
			arguments[slices.Index(arguments, "--seal-kek")+1] = keks
		}
		s.roll()
	}
	_, name, _ := strings.Cut(old, ":key/")
	id := aws.String(name)
	_, err := service.RotateKeyOnDemand(s.t.Context(), &kms.RotateKeyOnDemandInput{KeyId: id})
	fatal(s.t, err)
	rewrap(old)
	restart(next + "," + old)
	rewrap(next + "," + old)
	_, err = service.DisableKey(s.t.Context(), &kms.DisableKeyInput{KeyId: id})
	fatal(s.t, err)
	restart(next)
	s.ends()
	s.goesOn(kinds()...)
}
