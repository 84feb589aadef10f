package server_test

import (
	"encoding/json"
	"html"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/apscloud/apsid/internal/authenticator"
	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/demo"
	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/server"
	"github.com/apscloud/apsid/internal/testenv"
	"github.com/apscloud/apsid/internal/testworld"
)

// The code beside a person of the demo signs them in, the script gets the same, and nobody gets the key.
func TestTheDemoShowsCodesThatWork(t *testing.T) {
	clock := &testenv.Clock{}
	d, _ := start(t, testworld.Config(t), clock)
	v, tom := testworld.NewVisitor(t, ""), testworld.PersonOf(t, d.Manifest, "tom")
	page := v.Get(d.Manifest.Issuer + "/")
	code := testworld.Code(t, tom.TOTPKey, clock)
	if !strings.Contains(page.Body, `data-code="`+tom.Username+`">`+code+"<") || !strings.Contains(page.Body, ">"+tom.PIN+"<") {
		t.Errorf("Tom's code %s or PIN is not there:\n%s", code, page.Body)
	}
	var fresh struct {
		SecondsLeft int               `json:"seconds_left"`
		Codes       map[string]string `json:"codes"`
	}
	answer := v.Get(d.Manifest.Issuer + server.CodesPath)
	if err := json.Unmarshal([]byte(answer.Body), &fresh); err != nil {
		t.Fatal(err)
	}
	if fresh.Codes[tom.Username] != code || fresh.SecondsLeft < 1 || fresh.SecondsLeft > 30 {
		t.Errorf("%s: want %s", answer.Body, code)
	}
	if strings.Contains(page.Body+answer.Body, tom.TOTPKey) {
		t.Error("the key is shown")
	}
	v.SignIn(v.Get(d.Manifest.Apps[0].URL+"/auth/login"), tom, clock).Shows(t, "Tom Okafor")

	// A person who sets up MFA later gets a code too: the page shows people as they are now.
	mia := testworld.PersonOf(t, d.Manifest, "mia")
	account, err := d.Records().FindAccountByUsername(t.Context(), mia.Username)
	if err != nil {
		t.Fatal(err)
	}
	key := authenticator.NewTOTPKey()
	_, err = d.Directory().People.BindAuthenticator(t.Context(), system, directory.NewAuthenticator{
		PracticeID: account.Practice.ID, UserID: account.User.ID, Kind: idp.KindTOTP, TOTPKey: key,
	}, clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	if page := v.Get(d.Manifest.Issuer + "/"); !strings.Contains(page.Body, `data-code="`+mia.Username+`">`+testworld.Code(t, key.Reveal(), clock)+"<") {
		t.Errorf("Mia has no code:\n%s", page.Body)
	}
}

// Every link of the start page leads to a page, and those of a person to a sign-in of that person.
func TestTheTourLeadsSomewhere(t *testing.T) {
	d, _ := start(t, testworld.Config(t), &testenv.Clock{})
	body := testworld.NewVisitor(t, "").Get(d.Manifest.Issuer + "/").Body
	links := regexp.MustCompile(`<a [^>]*href="([^"#]+)"`).FindAllStringSubmatch(body, -1)
	if len(links) < 20 {
		t.Fatalf("only %d links", len(links))
	}
	for _, link := range links {
		address := html.UnescapeString(link[1])
		if strings.HasPrefix(address, "tel:") || strings.HasPrefix(address, "mailto:") {
			continue
		}
		if strings.HasPrefix(address, "/") {
			address = d.Manifest.Issuer + address
		}
		page := testworld.NewVisitor(t, "").Get(address)
		if page.Status != http.StatusOK {
			t.Errorf("%s: %d", address, page.Status)
		}
		if _, who, found := strings.Cut(address, "login_hint="); found && !strings.Contains(page.Body, strings.ReplaceAll(who, "%40", "@")) {
			t.Errorf("%s: no sign-in of that person", address)
		}
	}
}

// A node that is no demo shows nothing of one, over the same database: no person, password, code, key or message.
func TestServeHasNothingOfTheDemo(t *testing.T) {
	c := testworld.Config(t)
	d, stop := start(t, c, &testenv.Clock{})
	secrets := secretsOf(d.Manifest)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	given := config.Server{
		HTTP:    config.HTTP{Listen: "127.0.0.1:0", Issuer: d.Manifest.Issuer},
		Stores:  config.Stores{Sealed: config.Sealed{Database: config.Database{StateDir: c.StateDir}}},
		Texts:   config.SMS{Sender: config.SenderSNS, SNSRegion: "ap-southeast-2", SNSSenderID: "APSID"},
		Mail:    config.Mail{SMTPURL: config.NewSecret("smtp://127.0.0.1:1"), MailFrom: "APS ID <no-reply@id.example>"},
		Support: config.Support{Name: "x", TimeZone: "UTC"}, Hashing: config.DefaultHashing(),
	}
	for _, sender := range []string{config.SenderSNS, config.SenderInbox} {
		given.Texts.Sender = sender
		node, err := server.New(t.Context(), completed(t, given), server.Deps{Logger: quiet(), FollowsIssuer: true})
		if err != nil {
			t.Fatal(err)
		}
		for path, want := range map[string]int{
			"/": 200, "/api/docs": 200, "/api/v1/openapi.json": 200, server.CodesPath: 404, server.InboxPath + "/1": 404, server.InboxPath + "/1/mail": 404,
			server.InboxPath: map[string]int{config.SenderSNS: 404, config.SenderInbox: 200}[sender],
		} {
			w := httptest.NewRecorder()
			request := httptest.NewRequest(http.MethodGet, path, nil)
			request.Host = strings.TrimPrefix(d.Manifest.Issuer, "http://")
			node.Handler().ServeHTTP(w, request)
			if w.Code != want {
				t.Errorf("%s, %s: %d, want %d", sender, path, w.Code, want)
			}
			for _, secret := range append(secrets, "data-code", "demo.js", "A short tour", "Sign in as") {
				if strings.Contains(w.Body.String(), secret) {
					t.Errorf("%s, %s shows %q", sender, path, secret)
				}
			}
		}
		if err := node.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// secretsOf are what the demo knows of its people.
func secretsOf(m demo.Manifest) (all []string) {
	for _, p := range append(m.Users, m.Staff...) {
		all = append(all, p.Password, p.TOTPKey, p.Phone, p.PIN)
	}
	return slices.DeleteFunc(all, func(secret string) bool { return secret == "" })
}

// The people of New Zealand have numbers of New Zealand, and those of the release before are as they were.
func TestTheDemoHasPeopleOfNewZealand(t *testing.T) {
	d, _ := start(t, testworld.Config(t), &testenv.Clock{})
	wiremu := testworld.PersonOf(t, d.Manifest, "wiremu")
	if wiremu.Practice != "Kauri Lane Bookkeeping" || !strings.HasPrefix(wiremu.Phone, "+64") || wiremu.MFA != "sms" {
		t.Errorf("%+v", wiremu)
	}
	if aroha := testworld.PersonOf(t, d.Manifest, "aroha"); aroha.Name != "Aroha Ngata" || aroha.Password != "lantern-meadow-kauri-5" || aroha.MFA != "" {
		t.Errorf("%+v", aroha)
	}
}
