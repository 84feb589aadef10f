package notify

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/smithy-go/logging"

	"github.com/apscloud/apsid/internal/idp"
)

// SNSConfig says how to reach Amazon SNS.
type SNSConfig struct {
	Region   string        // like ap-southeast-2
	SenderID string        // what the phone shows: 1 to 11 letters and digits; "" leaves it to SNS
	Endpoint string        // https://…, or http:// on loopback; "" for the region's own
	Timeout  time.Duration // for one message, a retry included; default 5 s

	// AccessKeyID and SecretKey replace the default chain of credentials (environment, files, the machine's role); both or none.
	AccessKeyID string
	SecretKey   idp.Secret
}

const (
	snsTimeout  = 5 * time.Second
	snsAttempts = 2
	snsBackoff  = 300 * time.Millisecond
)

// SNS sends text messages through Amazon SNS. It is safe for concurrent use.
type SNS struct {
	client     *sns.Client
	timeout    time.Duration
	attributes map[string]types.MessageAttributeValue
}

// NewSNS checks the configuration and returns idp.ErrInvalid, naming the field, if it can't work. It sends nothing.
func NewSNS(ctx context.Context, cfg SNSConfig) (*SNS, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	loaded, err := config.LoadDefaultConfig(ctx, cfg.options()...)
	if err != nil {
		return nil, fmt.Errorf("AWS configuration: %w", err)
	}
	client := sns.NewFromConfig(loaded, func(o *sns.Options) {
		if cfg.Endpoint != "" {
			o.BaseEndpoint = aws.String(cfg.Endpoint)
		}
	})
	return &SNS{client: client, timeout: cfg.timeout(), attributes: cfg.attributes()}, nil
}

// SendSMS sends the text to a number in E.164 and returns nil once SNS has taken it. Errors: idp.ErrInvalid (SNS refuses the
// number, or its owner opted out), idp.ErrBusy (throttled) and idp.ErrUnavailable (anything else, after at most the time-out).
func (s *SNS) SendSMS(ctx context.Context, to idp.Secret, text string) error {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	_, err := s.client.Publish(ctx, &sns.PublishInput{
		PhoneNumber:       aws.String(to.Reveal()),
		Message:           aws.String(text),
		MessageAttributes: s.attributes,
	})
	return snsError(err)
}

func (c SNSConfig) options() []func(*config.LoadOptions) error {
	options := []func(*config.LoadOptions) error{
		config.WithRegion(c.Region),
		config.WithLogger(logging.Nop{}), // its own lines would bypass our log, and what matters comes back as an error
		config.WithRetryer(func() aws.Retryer {
			return retry.NewStandard(func(o *retry.StandardOptions) {
				o.MaxAttempts, o.MaxBackoff = snsAttempts, snsBackoff
			})
		}),
	}
	if c.AccessKeyID != "" {
		static := credentials.NewStaticCredentialsProvider(c.AccessKeyID, c.SecretKey.Reveal(), "")
		options = append(options, config.WithCredentialsProvider(static))
	}
	return options
}

func (c SNSConfig) timeout() time.Duration {
	if c.Timeout > 0 {
		return c.Timeout
	}
	return snsTimeout
}

// attributes asks for delivery over cost, and names the sender.
func (c SNSConfig) attributes() map[string]types.MessageAttributeValue {
	text := func(value string) types.MessageAttributeValue {
		return types.MessageAttributeValue{DataType: aws.String("String"), StringValue: aws.String(value)}
	}
	attributes := map[string]types.MessageAttributeValue{"AWS.SNS.SMS.SMSType": text("Transactional")}
	if c.SenderID != "" {
		attributes["AWS.SNS.SMS.SenderID"] = text(c.SenderID)
	}
	return attributes
}

func (c SNSConfig) check() error {
	switch {
	case c.Region == "":
		return idp.Invalid("region", "is missing")
	case c.SenderID != "" && !validSenderID(c.SenderID):
		return idp.Invalid("sender_id", "must be 1 to 11 letters and digits, one letter at least")
	case c.Endpoint != "" && !safeEndpoint(c.Endpoint):
		return idp.Invalid("endpoint", "must be https://…, or http:// on loopback")
	case (c.AccessKeyID == "") != c.SecretKey.IsZero():
		return idp.Invalid("access_key_id", "goes with a secret key: give both or none")
	case c.Timeout < 0:
		return idp.Invalid("timeout", "can't be negative")
	default:
		return nil
	}
}

// snsError maps what SNS says to what the user can do. The words of SNS may quote the number: they go on without it.
func snsError(err error) error {
	if err == nil {
		return nil
	}
	var api interface {
		ErrorCode() string
		ErrorMessage() string
	}
	if !errors.As(err, &api) {
		return idp.Wrap(idp.CodeUnavailable, errors.New("publish to SNS: "+scrubbed(err.Error(), "")))
	}
	cause := fmt.Errorf("publish to SNS: refused with %q: %s", api.ErrorCode(), scrubbed(api.ErrorMessage(), ""))
	switch api.ErrorCode() {
	case "InvalidParameter", "ParameterValueInvalid", "OptedOut":
		return idp.Wrap(idp.CodeInvalid, cause)
	case "Throttled", "Throttling", "ThrottlingException", "TooManyRequestsException":
		return &idp.Error{Code: idp.CodeBusy, RetryAfter: snsTimeout, Cause: cause}
	default:
		return idp.Wrap(idp.CodeUnavailable, cause)
	}
}
