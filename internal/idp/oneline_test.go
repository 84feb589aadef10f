package idp_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/apscloud/apsid/internal/idp"
)

func TestAnErrorIsOneLine(t *testing.T) {
	down := errors.New("db: connection refused")
	for want, err := range map[string]error{
		"":                                    errors.New(""),
		"db: connection refused":              errors.Join(down, down),
		"db: connection refused; then closed": errors.Join(down, errors.New("then\tclosed\r\n\n")),
		"failed to connect to db: 10.0.0.1: refused; 10.0.0.2: refused": fmt.Errorf("failed to connect to db:\n\t10.0.0.1: refused\n\t10.0.0.2: refused"),
	} {
		if got := idp.OneLine(err); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
