package backchannel

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/outbound"
)

// maxAnswer is how many bytes of an answer are taken off the wire.
const maxAnswer = 1 << 20

// call posts a logout token (section 2.5) and says what the answer means, as DeliverLogout does.
func call(ctx context.Context, client *http.Client, to *url.URL, token string) error {
	form := url.Values{"logout_token": {token}}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, to.String(), strings.NewReader(form.Encode()))
	if err != nil {
		return idp.Wrap(idp.CodeInvalid, err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("User-Agent", "APS ID")
	response, err := client.Do(request)
	if err != nil {
		return idp.Wrap(idp.CodeUnavailable, outbound.Cause(err))
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, maxAnswer)) // the status was the answer; the rest frees the connection
	_ = response.Body.Close()
	switch response.StatusCode {
	case http.StatusOK, http.StatusNoContent:
		return nil
	case http.StatusBadRequest:
		return idp.Wrap(idp.CodeForbidden, errors.New("the app refused the logout token"))
	default:
		return idp.Wrap(idp.CodeUnavailable, fmt.Errorf("the app answered %d", response.StatusCode))
	}
}
