package seal

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/smithy-go"
	"github.com/tink-crypto/tink-go-awskms/v3/integration/awskms"
	"github.com/tink-crypto/tink-go/v2/tink"

	"github.com/apscloud/apsid/internal/idp"
)

// arn is the name of a key, or of an alias, of AWS KMS; it names the region.
var arn = regexp.MustCompile(`^arn:aws[a-z-]*:kms:([a-z0-9-]+):[0-9]{12}:(key|alias)/.+$`)

// awsKEK is a key of AWS KMS. Credentials, and an endpoint of one's own, are found as the AWS tools find them.
func awsKEK(ctx context.Context, name string) (kek, error) {
	id := strings.TrimPrefix(name, kekAWS)
	parts := arn.FindStringSubmatch(id)
	if parts == nil {
		return nil, fmt.Errorf("key-encryption key: %q: expected aws-kms://arn:aws:kms:REGION:ACCOUNT:key/ID", name)
	}
	settings, err := config.LoadDefaultConfig(ctx, config.WithRegion(parts[1]))
	if err != nil {
		return nil, fmt.Errorf("AWS KMS: %w", err)
	}
	service := kms.NewFromConfig(settings)
	key, err := awskms.NewAEADWithContext(ctx, id, awskms.WithKMS(service))
	if err != nil {
		return nil, fmt.Errorf("AWS KMS: %w", err)
	}
	return &remote{AEADWithContext: key}, nil
}

// remote is a key that a service keeps.
type remote struct {
	tink.AEADWithContext
	err error
}

// EncryptWithContext asks the service.
func (r *remote) EncryptWithContext(ctx context.Context, plaintext, associated []byte) (sealed []byte, err error) {
	sealed, err = r.AEADWithContext.EncryptWithContext(ctx, plaintext, associated)
	r.err = explained(err)
	return sealed, r.err
}

// DecryptWithContext asks the service.
func (r *remote) DecryptWithContext(ctx context.Context, ciphertext, associated []byte) (opened []byte, err error) {
	opened, err = r.AEADWithContext.DecryptWithContext(ctx, ciphertext, associated)
	r.err = explained(err)
	return opened, r.err
}

func (r *remote) because() error { return r.err }

// errUnanswered is the cause of an error of a service that could not be asked, or is at fault itself.
var errUnanswered = errors.New("did not answer")

// explained is an error in one line: the service's own code and words. It is idp.CodeUnavailable if asking again may help.
func explained(err error) error {
	var said smithy.APIError
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &said):
		return idp.Wrap(idp.CodeUnavailable, fmt.Errorf("AWS KMS %w: %s", errUnanswered, oneLine(err)))
	case said.ErrorFault() == smithy.FaultServer || said.ErrorCode() == "ThrottlingException":
		return idp.Wrap(idp.CodeUnavailable, fmt.Errorf("AWS KMS %w: %s", errUnanswered, said.ErrorCode()))
	default:
		return fmt.Errorf("AWS KMS: %s: %s", said.ErrorCode(), oneLine(errors.New(said.ErrorMessage())))
	}
}

func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }
