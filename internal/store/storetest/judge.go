package storetest

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/apscloud/apsid/internal/idp"
)

// Same fails the test unless got equals want, secrets included.
func Same[T any](t testing.TB, got, want T) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b idp.Secret) bool { return a.Equal(b.Reveal()) })); diff != "" {
		t.Errorf("differs (-want +got):\n%s", diff)
	}
}

// Must ends the test on an error.
func Must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("unexpected error: %v", err)
	}
}

// Wants ends the test unless err has the code of want, and fails it if err has a text for the user.
func Wants(t testing.TB, err, want error) {
	t.Helper()
	if !errors.Is(err, &idp.Error{Code: idp.CodeOf(want)}) {
		t.Fatalf("error is %v, want %v", err, want)
	}
	var coded *idp.Error
	if errors.As(err, &coded) && coded.Public != "" {
		t.Errorf("the public text shows %q", coded.Public)
	}
}
