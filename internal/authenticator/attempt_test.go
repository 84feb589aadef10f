package authenticator

import (
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

func TestWhatIsHashedIsTheWholePasswordInFormC(t *testing.T) { // ABUSE 42
	rapid.Check(t, func(rt *rapid.T) {
		typed := rapid.OneOf(rapid.String(), rapid.StringMatching(`[a-z\x{e9}\x{308}\x{c5}\x{d55c}\x{1100} ]{1,300}`)).Draw(rt, "typed")
		got, err := newAttempt("password", idp.NewSecret(typed))
		if err != nil {
			if strings.ContainsRune(typed, 0) || len(typed) > policy.MaxPasswordBytes || len(norm.NFC.String(typed)) > policy.MaxPasswordBytes {
				return
			}
			rt.Fatalf("%+q: %v", typed, err)
		}
		if got.typed != typed || len(got.normal) > policy.MaxPasswordBytes {
			rt.Fatalf("%+q became %+q", typed, got.typed)
		}
		other, err := newAttempt("password", idp.NewSecret(norm.NFD.String(typed)))
		if err == nil && other.normal != got.normal {
			rt.Fatalf("%+q in form D is another password: %+q", typed, other.normal)
		}
	})
}
