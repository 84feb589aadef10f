package browsertest

import (
	"bytes"
	"net/url"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// ReadQRCode returns the text of a QR code as zbarimg reads it.
func ReadQRCode(t testing.TB, image []byte) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "zbarimg", "--quiet", "--raw", "--set", "*.enable=0", "--set", "qrcode.enable=1", "-")
	cmd.Stdin = bytes.NewReader(image)
	output, err := cmd.Output()
	if err != nil {
		t.Fatalf("zbarimg: %v", err)
	}
	return strings.TrimSpace(string(output))
}

// KeyOf returns the key of an otpauth:// link.
func KeyOf(t testing.TB, link string) string {
	t.Helper()
	address, err := url.Parse(link)
	if err != nil || address.Scheme != "otpauth" || address.Host != "totp" {
		t.Fatalf("%q is no otpauth://totp link: %v", link, err)
	}
	return address.Query().Get("secret")
}

// TOTPCode returns the code that oathtool generates for a key at a time.
func TOTPCode(t testing.TB, key string, at time.Time) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "oathtool", "--totp", "--base32", "--now", at.UTC().Format("2006-01-02 15:04:05 UTC"), "-")
	cmd.Stdin = strings.NewReader(key) // not an argument: any process could read it there
	output, err := cmd.Output()
	if err != nil {
		t.Fatalf("oathtool: %v", err)
	}
	return strings.TrimSpace(string(output))
}
