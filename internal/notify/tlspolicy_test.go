package notify

import (
	"testing"

	"github.com/apscloud/apsid/internal/idp"
)

func TestTLSIsDemandedExceptOnLoopback(t *testing.T) {
	tests := map[string]struct{ address, policy string }{
		"smtp://mail.example.com":           {"mail.example.com:587", "TLSMandatory"},
		"smtp://mail.example.com:2525":      {"mail.example.com:2525", "TLSMandatory"},
		"smtp://127.0.0.1.example.com":      {"127.0.0.1.example.com:587", "TLSMandatory"},
		"smtp://localhost.example.com:25":   {"localhost.example.com:25", "TLSMandatory"},
		"smtp://10.0.0.1":                   {"10.0.0.1:587", "TLSMandatory"},
		"smtp://user:pass@mail.example.com": {"mail.example.com:587", "TLSMandatory"},
		"smtp://127.0.0.1:25":               {"127.0.0.1:25", "TLSOpportunistic"},
		"smtp://localhost:25":               {"localhost:25", "TLSOpportunistic"},
		"smtps://mail.example.com":          {"mail.example.com:465", "TLSMandatory"},
	}
	for url, want := range tests {
		sender, err := NewSMTP(SMTPConfig{URL: idp.NewSecret(url), From: "no-reply@example.com"})
		if err != nil {
			t.Errorf("%s: %v", url, err)
			continue
		}
		if sender.client.ServerAddr() != want.address || sender.client.TLSPolicy() != want.policy {
			t.Errorf("%s: %s, %s", url, sender.client.ServerAddr(), sender.client.TLSPolicy())
		}
	}
}
