package config

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"
)

// grammar is a small program with this configuration.
type grammar struct {
	Config kong.ConfigFlag
	Serve  struct {
		Server `embed:""`
	} `cmd:""`
	Other struct{ OnlyHere string } `cmd:""`
}

func parse(t *testing.T, args ...string) (Node, error) {
	t.Helper()
	var g grammar
	parser, err := kong.New(&g, kong.Configuration(ReadFile), kong.Resolvers(SecretFiles{}), kong.DefaultEnvars(EnvPrefix), kong.Exit(func(int) {}))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parser.Parse(append([]string{"serve"}, args...)); err != nil {
		return Node{}, err
	}
	return g.Serve.Server.Complete()
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// good is the least that a node in production is given.
func good(more ...string) []string {
	return append([]string{
		"--issuer=https://id.example.com", "--smtp-url=smtps://u:hunter2@mail.example.com", "--mail-from=APS ID <id@example.com>",
		"--trusted-proxies=10.0.0.0/8",
	}, more...)
}

func TestLeastConfiguration(t *testing.T) {
	c, err := parse(t, good("--state-dir=/s")...)
	if err != nil {
		t.Fatal(err)
	}
	places := c.Places()
	if got := places.DatabaseURL(); got != "sqlite:/s/apsid.db" {
		t.Errorf("database %q", got)
	}
	if file, isFile := places.File(); file != "/s/apsid.db" || !isFile || places.Shared() {
		t.Errorf("database file %q, %v", file, isFile)
	}
	if file, folder := places.SealFile(); places.RedisURL() != Embedded || file != "/s/seal-keys.json" || folder != "/s" {
		t.Errorf("redis %q, seal keys %q in %q", places.RedisURL(), file, folder)
	}
	hashing := c.Hashing()
	if hashing.Parallel != 0 || hashing.Wait != 10*time.Second || c.Texts().Sender != SenderSNS {
		t.Errorf("hashing %+v, texts %+v", hashing, c.Texts())
	}
	if c.Issuer().String() != "https://id.example.com" {
		t.Errorf("issuer %s", c.Issuer())
	}
	if c.Issuer().Host = "evil.example.com"; c.Issuer().Host != "id.example.com" {
		t.Error("the issuer can be changed")
	}
}

// ABUSE 13: in production nothing on the machine itself can be called.
func TestLoopbackAppsAreForLoopbackIssuers(t *testing.T) {
	_, err := parse(t, good("--backchannel-allow-loopback")...)
	if err == nil || !strings.Contains(err.Error(), "backchannel-allow-loopback") {
		t.Errorf("accepted in production: %v", err)
	}
	t.Setenv("APSID_BACKCHANNEL_ALLOW_LOOPBACK", "true")
	if _, err := parse(t, good()...); err == nil {
		t.Error("accepted from the environment")
	}
	c, err := parse(t, "--issuer=http://127.0.0.1:8080", "--sms=inbox")
	if err != nil || !c.Logout().AllowLoopback {
		t.Errorf("on loopback: %v, %v", c, err)
	}
}

func TestFlagOverEnvironmentOverFileOverDefault(t *testing.T) {
	file := write(t, "apsid.yaml", "listen: ':3'\nsns-sender-id: FromFile\nsms-per-day: 77\nlog-level: error\nhash-wait: 3s\n"+
		"trusted-proxies: [10.0.0.0/8, 'fd00::/8']\n")
	t.Setenv("APSID_LISTEN", ":2")
	t.Setenv("APSID_SNS_SENDER_ID", "FromEnv")
	t.Setenv("APSID_CONFIG", file)
	c, err := parse(t, "--issuer=https://id.example.com", "--smtp-url=smtps://mail.example.com", "--mail-from=id@example.com", "--listen=:1")
	if err != nil {
		t.Fatal(err)
	}
	if c.Listen() != ":1" || c.Texts().SNSSenderID != "FromEnv" || c.Log().Level != "error" || c.Log().Format != "json" {
		t.Errorf("got %q %q %q %q", c.Listen(), c.Texts().SNSSenderID, c.Log().Level, c.Log().Format)
	}
	if c.Limits()["day"] != "77/24h" || c.Hashing().Wait != 3*time.Second || fmt.Sprint(c.TrustedProxies()) != "[10.0.0.0/8 fd00::/8]" {
		t.Errorf("got %v %s %v", c.Limits(), c.Hashing().Wait, c.TrustedProxies())
	}
}

// --sms-per-day is another way to write one of the limits.
func TestTextsPerDayAreALimit(t *testing.T) {
	for _, c := range []struct {
		args []string
		want map[string]string
		says string // of the error
	}{
		{nil, map[string]string{}, ""},
		{[]string{"--limit=user=20/1h"}, map[string]string{"user": "20/1h"}, ""},
		{[]string{"--sms-per-day=1"}, map[string]string{"day": "1/24h"}, ""},
		{[]string{"--sms-per-day=8000", "--limit=user=20/1h"}, map[string]string{"day": "8000/24h", "user": "20/1h"}, ""},
		{[]string{"--sms-per-day=0"}, nil, "must be 1 to 1000000"},
		{[]string{"--sms-per-day=-1"}, nil, "must be 1 to 1000000"},
		{[]string{"--sms-per-day=1000001"}, nil, "must be 1 to 1000000"},
		{[]string{"--sms-per-day=8000", "--limit=day=8000/24h"}, nil, "are both given"},
	} {
		node, err := parse(t, good(c.args...)...)
		if c.says != "" {
			if err == nil || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), "sms-per-day") {
				t.Errorf("%v: %v", c.args, err)
			}
			continue
		}
		if err != nil || !maps.Equal(node.Limits(), c.want) {
			t.Errorf("%v: %v, %v", c.args, node.Limits(), err)
		}
	}
}

// Complete names the first mistake, and Mistakes all of them.
func TestAllMistakesAreListed(t *testing.T) {
	var c Server
	c.HTTP = HTTP{Listen: ":8080", Issuer: "https://id.example.com", TrustedProxies: []string{"0.0.0.0/0"}}
	c.Texts, c.Support, c.Hashing = SMS{Sender: SenderInbox, SNSSenderID: "APSID"}, Support{TimeZone: "Mars"}, DefaultHashing()
	c.Stores.RedisURL = NewSecret("http://x")
	var keys []string
	for _, err := range c.Mistakes() {
		var problem *Problem
		if !errors.As(err, &problem) {
			t.Fatal(err)
		}
		keys = append(keys, problem.Key)
	}
	if want := []string{"trusted-proxies", "redis-url", "sms", "support-time-zone"}; !slices.Equal(keys, want) {
		t.Errorf("got %q, want %q", keys, want)
	}
	_, err := c.Complete()
	if err == nil || err.Error() != c.Mistakes()[0].Error() {
		t.Errorf("the first: %v", err)
	}
	c.HTTP.Issuer = "" // what depends on it is not judged
	if all := c.Mistakes(); len(all) != 3 {
		t.Errorf("without an issuer: %q", all)
	}
	if all := (Server{}).Mistakes(); len(all) == 0 {
		t.Error("nothing is a configuration")
	}
}

func TestConfigurationFileMayBeJSONAndNameFlagsOfOtherCommands(t *testing.T) {
	file := write(t, "apsid.json", `{"listen": ":4", "only-here": "x"}`)
	c, err := parse(t, good("--config="+file)...)
	if err != nil {
		t.Fatal(err)
	}
	if c.Listen() != ":4" {
		t.Errorf("listen %q", c.Listen())
	}
}

func TestMistakesAreNamedInOneLine(t *testing.T) {
	const postgres = "--database-url=postgres://u:hunter2@h/d"
	for _, c := range []struct {
		name string
		args []string
		want string
	}{
		{"no issuer", []string{"--sms=sns"}, "--issuer: is missing"},
		{"http issuer", good("--issuer=http://id.example.com"), `--issuer: "http://id.example.com": must be https (http only on loopback)`},
		{"issuer like loopback", good("--issuer=http://127.0.0.1.example.com"), "must be https"},
		{"issuer with path", good("--issuer=https://id.example.com/"), "no path"},
		{"issuer with password", good("--issuer=https://u:hunter2@id.example.com"), "--issuer: must not hold"},
		{"issuer no URL", good("--issuer=id.example.com"), "--issuer:"},
		{"listen", good("--listen=8080"), `--listen: "8080": must be host:port`},
		{"listen port", good("--listen=:99999"), "the port must be"},
		{"proxies", good("--trusted-proxies=10.0.0.0/33"), "--trusted-proxies:"},
		{"all proxies", good("--trusted-proxies=0.0.0.0/0"), "every client choose its address"},
		{"none and some", good("--trusted-proxies=none"), "none alone"},
		{"no proxies", []string{"--issuer=https://id.example.com"}, "--trusted-proxies: is missing"},
		{"database", good("--database-url=mysql://u:hunter2@h/d"), "--database-url: must be postgres://"},
		{"database path", good("--database-url=sqlite:"), "the path is missing"},
		{"redis", good("--redis-url=http://:hunter2@h"), "--redis-url: must begin with redis://"},
		{"postgres without keys", good(postgres), "--seal-keys: is missing"},
		{"two kinds of keys", good("--seal-keys=x", "--seal-key=hunter2"), "--seal-key: and --seal-keys are both given"},
		{"inbox in production", good("--sms=inbox"), `--sms: "inbox": shows security codes`},
		{"sms", good("--sms=pigeon"), `"pigeon"`},
		{"sender", good("--sns-sender-id=12345"), "--sns-sender-id:"},
		{"endpoint", good("--sns-endpoint=http://sns.example.com"), "--sns-endpoint:"},
		{"no mail", []string{"--issuer=https://id.example.com", "--trusted-proxies=none"}, "--smtp-url: is missing"},
		{"mail", good("--smtp-url=http://:hunter2@h"), "--smtp-url: must be smtp://"},
		{"mail from", good("--mail-from=nobody"), "--mail-from:"},
		{"zone", good("--support-time-zone=Mars/Base"), `--support-time-zone: "Mars/Base": must be an IANA`},
		{"local zone", good("--support-time-zone=Local"), "--support-time-zone"},
		{"hashing", good("--hash-parallel=-1"), "--hash-parallel:"},
		{"a number", good("--hash-queue=many"), "--hash-queue:"},
		{"a duration", good("--hash-wait=1"), "--hash-wait:"},
		{"keys that rotate too often", good("--keys-rotate-every=24h"), "--keys-rotate-every"},
		{"unknown flag", good("--lisen=:1"), "--lisen"},
		{"no file", good("--config=/nowhere.yaml"), "/nowhere.yaml"},
		{"unknown key", good("--config=" + write(t, "a.yaml", "database_url: sqlite:x")), `unknown key "database_url" (did you mean "database-url"?)`},
		{"unknown key before a missing one", []string{"--config=" + write(t, "b.yaml", "isuer: https://x")}, `unknown key "isuer"`},
		{"nested", good("--config=" + write(t, "c.yaml", "listen: {port: 1}")), "must be a single value"},
		{"no YAML", good("--config=" + write(t, "d.yaml", "a: b: c\n\t")), "d.yaml"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := parse(t, c.args...)
			if err == nil {
				t.Fatal("accepted")
			}
			text := err.Error()
			if !strings.Contains(text, c.want) || strings.Contains(text, "\n") || strings.Contains(text, "hunter2") {
				t.Errorf("got  %s\nwant %s, in one line, without credentials", text, c.want)
			}
		})
	}
}

func TestInboxOnLoopbackNeedsNoMail(t *testing.T) {
	if _, err := parse(t, "--issuer=http://127.0.0.1:8080", "--sms=inbox"); err != nil {
		t.Fatal(err)
	}
}

func TestConfigurationPrintsNoCredentials(t *testing.T) {
	c, err := parse(t, good("--seal-key=hunter2", "--database-url=postgres://u:hunter2@h/d", "--redis-url=redis://:hunter2@h")...)
	if err != nil {
		t.Fatal(err)
	}
	for _, value := range []any{c, &c, c.Places(), c.Places().Vault, c.Places().SQL, c.Mail()} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
			if text := fmt.Sprintf(verb, value); strings.Contains(text, "hunter2") || strings.Contains(text, fmt.Sprintf("%x", "hunter2")) {
				t.Errorf("%s of %T shows a credential: %s", verb, value, text)
			}
		}
	}
}
