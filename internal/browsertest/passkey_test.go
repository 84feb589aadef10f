package browsertest_test

import (
	"strings"
	"testing"

	"github.com/apscloud/apsid/internal/browsertest"
)

// The demo at localhost is one that browsers use passkeys with.
func TestADemoWithANameIsReachedByIt(t *testing.T) {
	t.Parallel()
	s := &stage{site: named(t), browser: with(browsertest.Start(t))}
	if !strings.HasPrefix(s.Issuer, "http://localhost:") {
		t.Fatalf("the issuer is %s", s.Issuer)
	}
	v := s.visit(t, s.user(t, "mia"))
	v.begin(timesheets)
	v.on("password")
	if !strings.HasPrefix(v.URL(), s.Issuer) {
		t.Errorf("the sign-in is at %s", v.URL())
	}
}
