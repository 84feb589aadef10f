package browsertest_test

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/demo"
	"github.com/apscloud/apsid/internal/server"
	"github.com/apscloud/apsid/internal/testenv"
)

// site is a running provider with its apps and its inbox, known as any tool knows it: by demo.json.
type site struct {
	Issuer   string `json:"issuer"`
	InboxURL string `json:"inbox_url"`
	Apps     []app  `json:"apps"`
	Users    []user `json:"users"`
	Staff    []user `json:"staff"`

	clock  *testenv.Clock // the provider's
	second *server.Server // another node over the same stores; nil where there is one only
}

type app struct {
	Name         string `json:"name"`
	URL          string `json:"url"`
	ClientID     string `json:"client_id"`
	ClientSecret string `json:"client_secret"`
}

type user struct {
	Username string `json:"username"`
	Password string `json:"password"`
	Practice string `json:"practice"`
	Note     string `json:"note"`
	Name     string `json:"name"`
	TOTPKey  string `json:"totp_key"`
}

type message struct {
	Kind string    `json:"kind"`
	To   string    `json:"to"`
	Text string    `json:"text"`
	At   time.Time `json:"at"`
}

// readSite reads what the demo wrote about itself.
func readSite(t *testing.T, folder string, c *testenv.Clock) *site {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(folder, demo.ManifestName))
	if err != nil {
		t.Fatal(err)
	}
	s := &site{clock: c}
	err = json.Unmarshal(text, s)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// app returns the app with this name.
func (s *site) app(t *testing.T, name string) app {
	t.Helper()
	for _, a := range s.Apps {
		if a.Name == name {
			return a
		}
	}
	t.Fatalf("the demo has no app %q", name)
	return app{}
}

// user returns the user whose name begins so.
func (s *site) user(t *testing.T, prefix string) user {
	t.Helper()
	for _, u := range s.Users {
		if strings.HasPrefix(u.Username, prefix) {
			return u
		}
	}
	t.Fatalf("the demo has no user %q", prefix)
	return user{}
}

// messages lists what was sent to an address, newest first.
func (s *site) messages(t *testing.T, kind, to string) []message {
	t.Helper()
	address := s.InboxURL + ".json"
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v", address, response.Status, err)
	}
	var all []message
	err = json.Unmarshal(body, &all)
	if err != nil {
		t.Fatalf("%s: %v", address, err)
	}
	return slices.DeleteFunc(all, func(m message) bool { return m.Kind != kind || m.To != to })
}

var originBound = regexp.MustCompile(`(?m)^@(?:127\.0\.0\.1|localhost) #(\d{6})$`)

// code is what the newest text message to this number says, read as a phone reads it: from its last line.
func (s *site) code(t *testing.T, number string) string {
	t.Helper()
	all := s.messages(t, "sms", number)
	if len(all) == 0 {
		t.Fatalf("no text message to %s", number)
	}
	found := originBound.FindStringSubmatch(all[0].Text)
	if found == nil {
		t.Fatalf("no origin-bound code at the end of %q", all[0].Text)
	}
	return found[1]
}

// awaitEmail waits until a mail to the address holds some words; it is sent after the page that caused it.
func (s *site) awaitEmail(t *testing.T, to, words string) {
	t.Helper()
	deadline := time.After(20 * time.Second)
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		all := s.messages(t, "email", to)
		for _, m := range all {
			if strings.Contains(m.Text, words) {
				return
			}
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("no mail to %s says %q; there are %d: %v", to, words, len(all), all)
		}
	}
}
