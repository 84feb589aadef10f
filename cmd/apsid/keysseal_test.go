package main

import (
	"regexp"

	"github.com/rogpeppe/go-internal/testscript"
)

// rotate FOLDER rotates the seal keys of a state folder as an operator does: each step is refused before the one that it needs.
func rotate(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: rotate FOLDER")
	}
	keys := func(step string, rest ...string) string {
		ts.Check(ts.Exec("apsid", append([]string{"keys", "seal", step, "--state-dir", args[0]}, rest...)...))
		return ts.ReadFile("stdout")
	}
	refused := func(why, step string, rest ...string) {
		err := ts.Exec("apsid", append([]string{"keys", "seal", step, "--state-dir", args[0]}, rest...)...)
		if said := ts.ReadFile("stderr"); err == nil || !regexp.MustCompile(why).MatchString(said) {
			ts.Fatalf("%s %v: %v, %q, want %q", step, rest, err, said, why)
		}
	}
	old := regexp.MustCompile(`(?m)^(\d+) +seals`).FindStringSubmatch(keys("list"))[1]
	refused("is the one that seals", "retire", old)
	fresh := regexp.MustCompile(`key (\d+) was added`).FindStringSubmatch(keys("add"))[1]
	refused("is the one that seals", "retire", old)
	keys("promote", fresh)
	refused("seals already", "promote", fresh)
	refused("values that are stored .*authenticators.totp_key", "retire", old)
	resealed := keys("reseal", "--pause", "0s", "--batch", "2")
	if !regexp.MustCompile(`authenticators.totp_key +100 %`).MatchString(resealed) {
		ts.Fatalf("no progress is shown: %q", resealed)
	}
	keys("retire", old)
	keys("reseal")
}
