package config

import (
	"errors"
	"slices"
	"testing"
)

func TestWhatPasskeysAreBoundTo(t *testing.T) {
	for name, c := range map[string]struct {
		args    []string
		id      string
		origins []string
	}{
		"the issuer":  {good(), "id.example.com", []string{"https://id.example.com"}},
		"above it":    {good("--passkeys-rp-id=example.com"), "example.com", []string{"https://id.example.com"}},
		"related":     {good("--passkeys-origins=https://id.example.net,https://id.example.net:8443"), "id.example.com", []string{"https://id.example.com", "https://id.example.net", "https://id.example.net:8443"}},
		"port":        {[]string{"--issuer=http://localhost:8080", "--sms=inbox"}, "localhost", []string{"http://localhost:8080"}},
		"localhost":   {[]string{"--issuer=http://localhost:8080", "--sms=inbox", "--passkeys-origins=http://localhost:8081"}, "localhost", []string{"http://localhost:8080", "http://localhost:8081"}},
		"an address":  {[]string{"--issuer=http://127.0.0.1:8080", "--sms=inbox"}, "", nil},
		"of six":      {[]string{"--issuer=http://[::1]:8080", "--sms=inbox"}, "", nil},
		"https, port": {good("--issuer=https://id.example.com:443"), "id.example.com", []string{"https://id.example.com"}},
	} {
		node, err := parse(t, c.args...)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		got := node.Passkeys()
		if got.RPID != c.id || !slices.Equal(got.Origins, c.origins) {
			t.Errorf("%s: %+v", name, got)
		}
		if len(got.Origins) > 0 {
			if got.Origins[0] = "https://evil.example"; node.Passkeys().Origins[0] == "https://evil.example" {
				t.Errorf("%s: the origins can be changed", name)
			}
		}
	}
}

func TestWhatPasskeysCanNotBeBoundTo(t *testing.T) {
	loopback := []string{"--issuer=http://127.0.0.1:8080", "--sms=inbox"}
	for name, c := range map[string]struct {
		args []string
		key  string
	}{
		"another domain":     {good("--passkeys-rp-id=example.net"), "passkeys-rp-id"},
		"the end of a name":  {good("--passkeys-rp-id=ample.com"), "passkeys-rp-id"},
		"below it":           {good("--passkeys-rp-id=x.id.example.com"), "passkeys-rp-id"},
		"public":             {good("--passkeys-rp-id=com"), "passkeys-rp-id"},
		"public, two labels": {good("--issuer=https://id.example.com.au", "--passkeys-rp-id=com.au"), "passkeys-rp-id"},
		"a host's customers": {good("--issuer=https://aps.azurewebsites.net", "--passkeys-rp-id=azurewebsites.net"), "passkeys-rp-id"},
		"a URL":              {good("--passkeys-rp-id=https://id.example.com"), "passkeys-rp-id"},
		"upper case":         {good("--passkeys-rp-id=Example.com"), "passkeys-rp-id"},
		"address, domain":    {append(loopback, "--passkeys-rp-id=localhost"), "passkeys-rp-id"},
		"address, origins":   {append(loopback, "--passkeys-origins=http://localhost:1"), "passkeys-rp-id"},
		"http":               {good("--passkeys-origins=http://id.example.net"), "passkeys-origins"},
		"loopback":           {good("--passkeys-origins=http://localhost:8080"), "passkeys-origins"},
		"a path":             {good("--passkeys-origins=https://id.example.net/"), "passkeys-origins"},
		"no scheme":          {good("--passkeys-origins=id.example.net"), "passkeys-origins"},
		"case":               {good("--passkeys-origins=https://ID.example.net"), "passkeys-origins"},
		"default port":       {good("--passkeys-origins=https://id.example.net:443"), "passkeys-origins"},
		"an app":             {good("--passkeys-origins=android:apk-key-hash:x"), "passkeys-origins"},
		"an address":         {good("--passkeys-origins=https://192.0.2.1"), "passkeys-origins"},
		"the issuer":         {good("--passkeys-origins=https://id.example.com"), "passkeys-origins"},
		"twice":              {good("--passkeys-origins=https://a.example.net,https://a.example.net"), "passkeys-origins"},
		"too many":           {good("--passkeys-origins=https://a.com,https://b.com,https://c.com.au,https://d.com,https://e.co.uk"), "passkeys-origins"},
	} {
		_, err := parse(t, c.args...)
		var p *Problem
		if !errors.As(err, &p) || p.Key != c.key {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := parse(t, good("--passkeys-origins=https://a.com,https://b.com,https://c.com.au,https://example.co.uk,https://d.com")...); err != nil {
		t.Errorf("five names: %v", err)
	}
}
