package redisstore_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/store/redisstore"
)

func TestWhatTheNetworkCanReachInto(t *testing.T) {
	one := []string{"r.example:6379"}
	for address, want := range map[string]struct{ plain, unchecked []string }{
		redisstore.Embedded:                               {},
		"redis://u:hunter2@r.example":                     {plain: one},
		"redis://u:hunter2@r.example:6379/3":              {plain: one},
		"rediss://u:hunter2@r.example:6379/3":             {},
		"rediss://u:hunter2@r.example/?skip_verify=true":  {unchecked: one},
		"rediss://u:hunter2@r.example/?skip_verify=false": {},
		"redis://127.0.0.1:6380":                          {},
		"redis://127.9.9.9":                               {},
		"redis://[::1]:6380":                              {},
		"redis://LocalHost":                               {},
		"redis://:hunter2@":                               {},
		"rediss://127.0.0.1/?skip_verify=true":            {},
		"redis://127.0.0.1.r.example":                     {plain: []string{"127.0.0.1.r.example:6379"}},

		"redis+sentinel://s.example:26379?master_name=m&addr=127.0.0.1:26380":               {plain: []string{"s.example:26379"}},
		"redis+sentinel://s.example:26379?master_name=m&addr=s2.example:26379":              {plain: []string{"s.example:26379", "s2.example:26379"}},
		"rediss+sentinel://s.example:26379?master_name=m":                                   {},
		"redis+cluster://u:hunter2@c.example:6379?addr=c2.example:6379&addr=c.example:6379": {plain: []string{"c.example:6379", "c2.example:6379"}},
		"rediss+cluster://u:hunter2@c.example:6379?addr=c2.example:6379":                    {},
		"redis+cluster://127.0.0.1:6379?addr=127.0.0.1:6380":                                {},
	} {
		plain, unchecked, err := redisstore.Exposed(address)
		if err != nil || !slices.Equal(plain, want.plain) || !slices.Equal(unchecked, want.unchecked) {
			t.Errorf("%s: without TLS %q, unchecked %q, %v", address, plain, unchecked, err)
		}
	}
	_, _, err := redisstore.Exposed("redis://u:hunter2@h:port")
	if idp.CodeOf(err) != idp.CodeInvalid || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("got %v", err)
	}
}
