package notify_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/notify"
	"github.com/apscloud/apsid/internal/proof"
)

var _ proof.Texts = (*notify.Texts)(nil)

// gsmAlphabet is the basic character set of text messages (3GPP TS 23.038, section 6.2.1) without the escape: with a
// character outside it, a message holds 70 instead of 160.
const gsmAlphabet = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿" +
	"abcdefghijklmnopqrstuvwxyzäöñüà"

func mustFitOneMessage(t *testing.T, text string) {
	t.Helper()
	for _, r := range text {
		if !strings.ContainsRune(gsmAlphabet, r) {
			t.Errorf("%q is not in the alphabet of text messages: %s", r, text)
		}
	}
	if n := len([]rune(text)); n > 160 {
		t.Errorf("%d characters, over 160: %s", n, text)
	}
}

func newTexts(t *testing.T, service, issuer string) *notify.Texts {
	t.Helper()
	u, err := url.Parse(issuer)
	if err != nil {
		t.Fatal(err)
	}
	texts, err := notify.NewTexts(service, u)
	if err != nil {
		t.Fatal(err)
	}
	return texts
}

func TestSecurityCodeText(t *testing.T) {
	got := newTexts(t, ownName, "https://id.example.com").SecurityCode(idp.NewSecret("012345"))
	const want = "012345 is your APS ID security code. It works for 10 minutes. APS staff will never ask you for it.\n\n" +
		"@id.example.com #012345"
	if got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	mustFitOneMessage(t, got)
}

func TestLastLineBindsTheCodeToTheHost(t *testing.T) {
	// The grammar of the WICG report on origin-bound one-time codes, section 2: no port.
	line := regexp.MustCompile(`^@([a-z0-9.-]+) #([0-9]{6})$`)
	for issuer, host := range map[string]string{
		"https://id.example.com": "id.example.com", "https://id.example.com:8443/x": "id.example.com", "http://localhost:8080": "localhost",
		"http://127.0.0.1:8080": "127.0.0.1", "https://id.accounting-practice-software.com.au": "id.accounting-practice-software.com.au",
	} {
		texts := newTexts(t, ownName, issuer)
		rapid.Check(t, func(rt *rapid.T) {
			code := rapid.StringMatching(`[0-9]{6}`).Draw(rt, "code")
			text := texts.SecurityCode(idp.NewSecret(code))
			found := line.FindStringSubmatch(text[strings.LastIndexByte(text, '\n')+1:])
			if found == nil || found[1] != host || found[2] != code || !strings.HasPrefix(text, code+" ") {
				rt.Fatalf("%s %s: %q", issuer, code, text)
			}
		})
		mustFitOneMessage(t, texts.SecurityCode(idp.NewSecret("888888")))
	}
}

func TestHostOutsideASCIIIsRefused(t *testing.T) {
	for _, host := range []string{"", "ïd.example.com", "id example.com", "id.example.com\n"} {
		_, err := notify.NewTexts(ownName, &url.URL{Scheme: "https", Host: host})
		mustBlame(t, err, "issuer")
	}
}
