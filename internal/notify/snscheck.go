package notify

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/apscloud/apsid/internal/idp"
)

// SNSAccount is what Amazon SNS says of the account that sends.
type SNSAccount struct {
	SpendLimit int  // US dollars a month; -1 if it does not say
	Hidden     bool // the credentials are right, and may not ask for the settings of text messages
}

// errNoCredentials is the error of Check where the default chain finds none.
var errNoCredentials = errors.New("no AWS credentials were found: not in the environment, not in files, and no role of the machine")

// Check asks for the settings of text messages, which costs nothing and sends nothing. Who has credentials that may only send is told
// apart from who has none, or wrong ones.
func (s *SNS) Check(ctx context.Context) (SNSAccount, error) {
	account := SNSAccount{SpendLimit: -1}
	if _, err := s.client.Options().Credentials.Retrieve(ctx); err != nil {
		return account, errNoCredentials // the cause lists every place that was looked at, a line each
	}
	const spendLimit = "MonthlySpendLimit"
	answer, err := s.client.GetSMSAttributes(ctx, &sns.GetSMSAttributesInput{Attributes: []string{spendLimit}})
	if code := codeOf(err); code == "AuthorizationError" || code == "AccessDenied" || code == "AccessDeniedException" {
		account.Hidden = true
		return account, nil
	}
	if err != nil {
		return account, err
	}
	if limit, err := strconv.Atoi(answer.Attributes[spendLimit]); err == nil {
		account.SpendLimit = limit
	}
	return account, nil
}

// TextRefusal tells it from an error of Check.
func TextRefusal(err error) Refusal {
	var name *net.DNSError
	switch code := codeOf(err); {
	case errors.Is(err, errNoCredentials), code != "":
		return RefusedUser
	case errors.As(err, &name):
		return RefusedRegion
	default:
		return RefusedOther
	}
}

// codeOf is the code of an answer that refuses; "" if there was no such answer.
func codeOf(err error) string {
	var api interface{ ErrorCode() string }
	if !errors.As(err, &api) {
		return ""
	}
	return api.ErrorCode()
}

// TextError is the error of Check or SendTrial without what quotes the number or the request.
func TextError(err error) error {
	if code := codeOf(err); code != "" {
		return fmt.Errorf("refused with %q", code)
	}
	var coded *idp.Error
	if errors.As(err, &coded) && coded.Cause != nil {
		return coded.Cause
	}
	return err
}
