package notify

import (
	"strings"
	"testing"
	"unicode"
)

func TestWordsOfAProviderAreKeptWithoutAddressesAndNumbers(t *testing.T) { // ABUSE 38
	const recipient = "zoe.finch@harbour.example"
	for said, want := range map[string]string{
		"550 5.1.1 mailbox unavailable":                                   "550 5.1.1 mailbox unavailable",
		"550 5.1.1 <zoe.finch@harbour.example>: no such user":             "550 5.1.1 [address]: no such user",
		"550-5.1.1 ZOE.Finch is unknown here":                             "550-5.1.1 [name] is unknown here",
		"451 4.7.1 try later, zoe.finch@harbour.example (in 300 seconds)": "451 4.7.1 try later, [address] (in 300 seconds)",
		"User: arn:aws:iam::123456789012:user/aps is not authorized":      "User: arn:aws:iam::[number]:user/aps is not authorized",
		"Invalid parameter: PhoneNumber Reason: +61 491 570 006 is not":   "Invalid parameter: PhoneNumber Reason: [number] is not",
		"(0491) 570-006 opted out":                                        "([number] opted out",
		"line one\r\nlevel=ERROR msg=forged \x1b[31m":                     "line one  level=ERROR msg=forged  [31m",
	} {
		if got := scrubbed(said, recipient); got != want {
			t.Errorf("%q\n got %q\nwant %q", said, got, want)
		}
	}
	long := scrubbed(strings.Repeat("ü", 1<<20), recipient)
	if len(long) > maxReply+3 || strings.ContainsFunc(long, func(r rune) bool { return r == unicode.ReplacementChar }) {
		t.Errorf("%d bytes", len(long))
	}
}
