package config

import (
	"strings"
	"testing"
)

func TestSecretsComeFromFiles(t *testing.T) {
	right := write(t, "url", "postgres://apsid:pass@db/apsid\n")
	settings := write(t, "settings.yaml", "database-url: postgres://of-the-file@db/apsid\n")
	for name, c := range map[string]struct {
		args []string
		env  map[string]string
		want string // the database, or a part of the error
	}{
		"from the file":               {nil, map[string]string{"APSID_DATABASE_URL_FILE": right}, "postgres://apsid:pass@db/apsid"},
		"before the configuration":    {[]string{"--config=" + settings}, map[string]string{"APSID_DATABASE_URL_FILE": right}, "postgres://apsid:pass@db/apsid"},
		"after the command line":      {[]string{"--database-url=postgres://of-the-line@db/apsid"}, map[string]string{"APSID_DATABASE_URL_FILE": right}, "postgres://of-the-line@db/apsid"},
		"an empty name sets nothing":  {[]string{"--config=" + settings}, map[string]string{"APSID_DATABASE_URL_FILE": ""}, "postgres://of-the-file@db/apsid"},
		"given twice":                 {nil, map[string]string{"APSID_DATABASE_URL_FILE": right, "APSID_DATABASE_URL": "postgres://x@db/x"}, "APSID_DATABASE_URL and APSID_DATABASE_URL_FILE are both set: give one"},
		"no such file":                {nil, map[string]string{"APSID_DATABASE_URL_FILE": right + ".gone"}, "APSID_DATABASE_URL_FILE: open " + right + ".gone: no such file"},
		"an empty file":               {nil, map[string]string{"APSID_DATABASE_URL_FILE": write(t, "empty", "\r\n")}, "is empty"},
		"a file that is much too big": {nil, map[string]string{"APSID_DATABASE_URL_FILE": write(t, "big", strings.Repeat("x", maxSecret+1))}, "more than 64 KiB"},
	} {
		t.Run(name, func(t *testing.T) {
			for variable, value := range c.env {
				t.Setenv(variable, value)
			}
			least := []string{"--issuer=http://127.0.0.1:8080", "--sms=inbox", "--seal-key=x"}
			node, err := parse(t, append(least, c.args...)...)
			switch {
			case err != nil && !strings.Contains(err.Error(), c.want):
				t.Error(err)
			case err != nil && strings.Contains(err.Error(), "pass"):
				t.Errorf("the error shows the secret: %v", err)
			case err == nil && node.Places().DatabaseURL() != c.want:
				t.Errorf("the database is %s", node.Places().DatabaseURL())
			}
		})
	}
}
