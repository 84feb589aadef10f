package authenticator_test

import (
	"bytes"
	"crypto/sha1"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/apscloud/apsid/internal/authenticator"
	"github.com/apscloud/apsid/internal/policy"
)

func hashOf(text string) string { return fmt.Sprintf("%X", sha1.Sum([]byte(text))) }

// The search by halves finds what a look at every line finds, whatever the lines' lengths, ends and cases.
func TestBreachedListIsSearchedWhereItLies(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		digits := rapid.IntRange(10, 40).Draw(t, "digits")
		end := rapid.SampledFrom([]string{"\n", "\r\n"}).Draw(t, "end")
		suffix := rapid.SampledFrom([]string{"", ":1", ":24230577"}).Draw(t, "suffix")
		lower := rapid.Bool().Draw(t, "lower")
		listed := map[string]bool{}
		var lines []string
		for range rapid.IntRange(1, 200).Draw(t, "lines") {
			text := rapid.StringN(1, 5, 20).Draw(t, "text")
			line := hashOf(text)[:digits]
			if !listed[line] {
				listed[line] = true
				lines = append(lines, line)
			}
		}
		slices.Sort(lines)
		content := strings.Join(lines, suffix+end) + suffix
		if lower {
			content = strings.ToLower(content)
		}
		if rapid.Bool().Draw(t, "ended") {
			content += end
		}
		list, err := authenticator.NewBreached(strings.NewReader(content), int64(len(content)))
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range rapid.SliceOfN(rapid.StringN(1, 5, 20), 1, 30).Draw(t, "looked for") {
			has, err := list.Has(text)
			if want := listed[hashOf(text)[:digits]]; err != nil || has != want {
				t.Fatalf("%q: %t, want %t (%v)", text, has, want, err)
			}
		}
	})
	lines := []string{hashOf("first"), hashOf("second"), hashOf("third")}
	slices.Sort(lines)
	content := strings.Join(lines, ":7\r\n")
	list, err := authenticator.NewBreached(strings.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]bool{"first": true, "second": true, "third": true, "fourth": false} {
		if has, err := list.Has(text); has != want || err != nil {
			t.Errorf("%s: %t, %v", text, has, err)
		}
	}
}

func TestWhatIsNoBreachedListIsRefused(t *testing.T) {
	for name, content := range map[string]string{
		"empty":         "",
		"words":         "password\nletmein\n",
		"other order":   strings.Repeat("F", 40) + ":1\n" + strings.Repeat("A", 40) + ":2\n" + strings.Repeat("0", 40) + ":3\n",
		"nine digits":   "0123456789\nABCDEF012\n",
		"41 digits":     strings.Repeat("A", 41) + "\n",
		"a blank line":  strings.Repeat("A", 40) + "\n\n\n\n\n\n",
		"a long line":   strings.Repeat("A", 40) + ":" + strings.Repeat("1", 1000) + "\n",
		"zeros":         string(bytes.Repeat([]byte{0}, 1000)),
		"gzip":          "\x1f\x8b\x08\x00\x00",
		"by prevalence": hashOf("123456") + ":9\n" + hashOf("password") + ":8\n" + hashOf("12345") + ":7\n",
	} {
		if _, err := authenticator.NewBreached(strings.NewReader(content), int64(len(content))); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

// ABUSE 56: a password that was stolen elsewhere is refused, in the form that was typed and in the one that is stored. A list that is
// gone is reported, and keeps no one from choosing a password.
func TestBreachedPasswords(t *testing.T) {
	const stolen = "purple-kettle-lantern-zoe\u0308"
	path := filepath.Join(t.TempDir(), "hashes.txt")
	lines := []string{strings.Repeat("0", 40) + ":3", hashOf(stolen) + ":12", strings.Repeat("F", 40) + ":1"}
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\r\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	var failed []error
	check := judge(t, authenticator.Listed{Path: path, Failed: func(err error) { failed = append(failed, err) }})
	if got := check(stolen, false); got != policy.PasswordBreached || len(failed) > 0 {
		t.Errorf("%q, %v", got, failed)
	}
	if got := check("purple-kettle-lantern-mia", false); got != policy.PasswordFine || len(failed) > 0 {
		t.Errorf("%q, %v", got, failed)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if got := check(stolen, false); got != policy.PasswordFine || len(failed) != 1 {
		t.Errorf("without the list: %q, %v", got, failed)
	}
	if err := (authenticator.Listed{Path: path}).Check(); err == nil {
		t.Error("a list that is not there passes the check")
	}
}
