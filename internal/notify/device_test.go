package notify

import (
	"regexp"
	"testing"

	"pgregory.net/rapid"
)

func TestDeviceOf(t *testing.T) {
	for header, want := range map[string]string{
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36":                                 "Chrome on Windows",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36 Edg/138.0.0.0":                   "Edge on Windows",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15":                           "Safari on Mac",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1":         "Safari on iPhone",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/138.0.7204.119 Mobile/15E148 Safari/604.1": "Chrome on iPhone",
		"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Mobile Safari/537.36":                                 "Chrome on Android",
		"Mozilla/5.0 (Linux; Android 15; SM-S931B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36":      "Samsung Internet on Android",
		"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0":                                                                          "Firefox on Linux",
		"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36":                                  "Chrome on ChromeOS",
		"Firefox/140.0": "Firefox",
		"Windows":       "Windows",
		"curl/8.14.1":   "an unknown browser",
		"":              "an unknown browser",
	} {
		if got := deviceOf(header); got != want {
			t.Errorf("%q: %q, want %q", header, got, want)
		}
	}
}

func TestDeviceOfUsesOurWordsOnly(t *testing.T) { // ABUSE 37
	ours := regexp.MustCompile(`^[A-Z][A-Za-z ]{3,30}$|^an unknown browser$`)
	rapid.Check(t, func(rt *rapid.T) {
		header := rapid.String().Draw(rt, "header") + rapid.SampledFrom([]string{"", "Chrome/1", "Windows", "Edg"}).Draw(rt, "token")
		if got := deviceOf(header); !ours.MatchString(got) {
			rt.Fatalf("%q became %q", header, got)
		}
	})
}

func TestAddressOf(t *testing.T) {
	for text, want := range map[string]string{
		"203.0.113.7": "203.0.113.7", "2001:db8::1": "2001:db8::1", "::ffff:203.0.113.7": "203.0.113.7", "fe80::1%<script>": "fe80::1",
		"": "unknown", "203.0.113.7:443": "unknown", "evil.example": "unknown",
	} {
		if got := addressOf(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestWaysToReachSupport(t *testing.T) {
	for _, test := range []struct {
		support         Support
		sentence, short string
	}{
		{Support{"APS support", "1800 1", "s@aps.example"}, "APS support on 1800 1 or at s@aps.example", "APS support on 1800 1"},
		{Support{"APS support", "1800 1", ""}, "APS support on 1800 1", "APS support on 1800 1"},
		{Support{"APS support", "", "s@aps.example"}, "APS support at s@aps.example", "APS support at s@aps.example"},
		{Support{"APS support", "", ""}, "APS support", "APS support"},
	} {
		if got := test.support.sentence(); got != test.sentence {
			t.Errorf("%q, want %q", got, test.sentence)
		}
		if got := test.support.short(); got != test.short {
			t.Errorf("%q, want %q", got, test.short)
		}
	}
}
