package config

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

func TestTrustedProxiesMustBeSaid(t *testing.T) {
	least := []string{"--issuer=https://id.example.com", "--smtp-url=smtps://u:p@mail.example.com", "--mail-from=APS ID <id@example.com>"}
	for value, want := range map[string]string{
		"none":                                  "[]",
		"10.1.2.3/8,2001:db8::/32":              "[10.0.0.0/8 2001:db8::/32]",
		"10.0.0.7,2001:db8::7":                  "[10.0.0.7/32 2001:db8::7/128]",
		"::ffff:10.0.0.0/104,::ffff:10.0.0.999": "",
		"::ffff:10.0.0.0/104":                   "[10.0.0.0/8]",
		"":                                      "",
		"::/0":                                  "",
		"fe80::1%eth0":                          "",
	} {
		c, err := parse(t, append(least, "--trusted-proxies="+value)...)
		if (err == nil) != (want != "") || err == nil && fmt.Sprint(c.TrustedProxies()) != want {
			t.Errorf("%q: %v, %v", value, c.TrustedProxies(), err)
		}
	}
	if _, err := parse(t, "--issuer=http://127.0.0.1:8080", "--sms=inbox"); err != nil {
		t.Errorf("on loopback: %v", err)
	}
}

func TestMistypedVariablesAreRefused(t *testing.T) {
	var g grammar
	parser, err := kong.New(&g, kong.DefaultEnvars(EnvPrefix))
	if err != nil {
		t.Fatal(err)
	}
	for variable, want := range map[string]string{
		"APSID_REDIS_URI=redis://x":             "APSID_REDIS_URI (did you mean APSID_REDIS_URL?)",
		"APSID_REDISURL=redis://x":              "(did you mean APSID_REDIS_URL?)",
		"APSID_DATABASE_URL_FILE=/run/x":        "",
		"APSID_ISSUER_FILE=/run/x":              "APSID_ISSUER_FILE (did you mean APSID_ISSUER?)", // no secret
		"APSID_PORT=8080":                       "APSID_PORT",
		"APSID_XQZWVKJ=1":                       "APSID_XQZWVKJ",
		"APSID_REDIS_URI=":                      "",
		"APSID_REDIS_URL=x":                     "",
		"APSID_ONLY_HERE=of another command":    "",
		"APSID_TEST_REDIS_URL=x":                "",
		"APSID_SCREENSHOTS=x":                   "",
		"APSID_SERVICE_HOST=10.0.0.1":           "",
		"APSID_SERVICE_PORT_HTTP=80":            "",
		"APSID_PORT=tcp://10.0.0.1:80":          "",
		"APSID_PORT_80_TCP_ADDR=10.0.0.1":       "",
		"APSID_METRICS_PORT=tcp://10.0.0.1:909": "",
		"APSIDE=another program's":              "",
	} {
		err := CheckEnvironment(parser.Model, append(os.Environ(), variable))
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", variable, err)
		}
	}
	err = CheckEnvironment(parser.Model, []string{"APSID_ISUER=x", "APSID_REDIS_URI=secret"})
	if err == nil || !strings.Contains(err.Error(), "APSID_ISSUER?), APSID_REDIS_URI (") || strings.Contains(err.Error(), "secret") {
		t.Errorf("two at once: %v", err)
	}
}
