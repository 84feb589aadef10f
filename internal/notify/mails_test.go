package notify_test

import (
	"bytes"
	"fmt"
	"iter"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/notify"
	"github.com/apscloud/apsid/internal/policy"
)

// variants are the notices of every kind with each fact that a mail may have or lack.
func variants(t testing.TB) iter.Seq2[string, idp.Notice] {
	token := idp.NewSecret("the-token")
	changes := map[string]func(*idp.Notice){
		"all of it":         func(*idp.Notice) {},
		"an app's brand":    func(n *idp.Notice) { n.Client = "timesheets" },
		"an app that left":  func(n *idp.Notice) { n.Client = "gone" },
		"no app":            func(n *idp.Notice) { n.App = "" },
		"no practice":       func(n *idp.Notice) { n.Practice = "" },
		"no reader's name":  func(n *idp.Notice) { n.Name = "" },
		"nobody else":       func(n *idp.Notice) { n.By = "" },
		"nothing about it":  func(n *idp.Notice) { n.About, n.Text = "Ivo", "removed" },
		"a text message":    func(n *idp.Notice) { n.Method = idp.KindSMS },
		"any authenticator": func(n *idp.Notice) { n.Method = "" },
		"a lock that stays": func(n *idp.Notice) { n.Until, n.Link = time.Time{}, idp.Secret{} },
		"declined":          func(n *idp.Notice) { n.Days = 0 },
		"tomorrow":          func(n *idp.Notice) { n.Days = 1 },
		"right to left": func(n *idp.Notice) {
			n.Name, n.By, n.Practice = "ليلى حداد", "דוד כהן", "مكتب المحاسبة"
		},
		"far away": func(n *idp.Notice) { n.TimeZone = "Asia/Dubai" },
		"as long as can be": func(n *idp.Notice) {
			n.Name, n.By, n.About = strings.Repeat("长", 500), strings.Repeat("W", 500), strings.Repeat("i", 500)
			n.Practice, n.Text, n.App = strings.Repeat("Ж", 500), strings.Repeat("word ", 500), strings.Repeat("<&", 500)
		},
	}
	return func(yield func(string, idp.Notice) bool) {
		for _, kind := range allKinds(t) {
			for name, change := range changes {
				n := notice(kind)
				n.Until = n.At.Add(time.Hour)
				switch kind {
				case idp.NoticeInvite, idp.NoticePasswordReset, idp.NoticeUnlock, idp.NoticeConfirm, idp.NoticeSigninPause:
					n.Link = token
				}
				if policy.Warns(kind) {
					n.NotMe = token
				}
				change(&n)
				if !yield(string(kind)+", "+name, n) {
					return
				}
			}
		}
	}
}

// sent is the mail of the notice as it is handed in.
func sent(t testing.TB, n idp.Notice) notify.Mail {
	t.Helper()
	kept := &keeper{}
	if err := newNotices(t, kept, notify.NewInbox(evening), new(bytes.Buffer)).DeliverNotice(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	return kept.mail
}

func TestEveryMailInEveryVariant(t *testing.T) {
	for name, n := range variants(t) {
		m := sent(t, n)
		page := readMail(t, m.HTML)
		if got, want := page.words(), plainWords(m.Text); got != want {
			t.Errorf("%s:\nHTML %s\ntext %s", name, got, want)
		}
		for _, problem := range page.problems() {
			t.Errorf("%s: %s", name, problem)
		}
		if strings.Contains(m.Text, "\n\n\n") || strings.Contains(m.HTML+m.Text, "ZgotmplZ") || strings.Contains(m.Text, "<no value>") {
			t.Errorf("%s: badly filled in:\n%s", name, m.Text)
		}
		if len(m.HTML) >= 40_000 {
			t.Errorf("%s: %d bytes", name, len(m.HTML))
		}
		if shown := strings.Contains(m.HTML, "cid:logo"); shown != (m.Logo != nil) || shown != (n.Client == "timesheets") {
			t.Errorf("%s: logo shown: %t, sent along: %t", name, shown, m.Logo != nil)
		}
		if heading := page.text("h1"); heading != m.Subject {
			t.Errorf("%s: heading %q, subject %q", name, heading, m.Subject)
		}
	}
}

// Each mail says when, in which practice, what to do if it was not its reader, and who sends it.
func TestEveryMailSaysWhatPeopleLookFor(t *testing.T) {
	for _, kind := range allKinds(t) {
		m := sent(t, notice(kind))
		for _, want := range []string{
			"2026", "Practice: Harbour & Finch Accounting", "For Zoë O'Neill of Harbour & Finch Accounting.", "APS never asks for your password",
			"APS support on 1800 000 277", "?\n\n",
		} {
			if !strings.Contains(m.Text, want) {
				t.Errorf("%s lacks %q:\n%s", kind, want, m.Text)
			}
		}
		if !strings.HasPrefix(m.Subject, "Zoë, ") {
			t.Errorf("%s: subject %q", kind, m.Subject)
		}
	}
}

func TestSubjectsSayWhoAndWhat(t *testing.T) {
	for kind, want := range map[idp.NoticeKind]string{
		idp.NoticeMFAReset: "Zoë, your MFA was reset by Olivia Finch", idp.NoticeAuthenticator: "Zoë, an authenticator app was added to your account",
		idp.NoticeFrozen: "Zoë, Ivo Tan froze their APS ID account", idp.NoticeReviewDue: "Zoë, is Ivo Tan still needed?",
	} {
		if got := sent(t, notice(kind)).Subject; got != want {
			t.Errorf("%s: %q, want %q", kind, got, want)
		}
	}
	for name, want := range map[string]string{
		"": "Your MFA was reset by Olivia Finch", "J. Smith": "J. Smith, your MFA was reset by Olivia Finch", "O Ming": "O Ming, your MFA was reset by Olivia Finch",
		"山田太郎": "山田太郎, your MFA was reset by Olivia Finch", "Tom\r\nBcc: eve@x.example": "Tom, your MFA was reset by Olivia Finch",
		"\u202eTom": "Tom, your MFA was reset by Olivia Finch", "<b>Tom</b>": "b Tom b, your MFA was reset by Olivia Finch",
	} {
		n := notice(idp.NoticeMFAReset)
		n.Name = name
		if got := sent(t, n).Subject; got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

// A brand that is none, or hostile, is left out, and the words on a button can be read on every colour (WCAG 2.2, 1.4.3).
func TestBrandsCannotHarmAMail(t *testing.T) {
	if dark, light := (notify.Brand{Accent: "#0b5761"}).OnAccent(), (notify.Brand{Accent: "#ffd400"}).OnAccent(); dark != "#ffffff" || light != "#000000" {
		t.Errorf("on petrol %s, on yellow %s", dark, light)
	}
	for name, brand := range map[string]notify.Brand{
		"style": {Name: "X", Accent: "red;background:url(https://evil.example)"}, "SVG": {Name: "X", Logo: []byte("<svg onload=alert(1)>")},
		"short": {Name: "X", Accent: "#fff"}, "large": {Name: "X", Logo: append(png(), make([]byte, 1<<20)...)}, "name": {Name: "x.co/pay\r\nBcc: x"},
	} {
		kept := &keeper{}
		notices, err := notify.NewNotices(notify.NoticesConfig{
			Mail: kept, SMS: notify.NewInbox(evening), Brands: one{brand}, Service: ownName, Support: support(), Issuer: &url.URL{Scheme: "https", Host: "id.aps.example"}, Log: quiet(),
		})
		if err != nil {
			t.Fatal(err)
		}
		n := notice(idp.NoticePINUsed)
		n.Client = "x"
		if err := notices.DeliverNotice(t.Context(), n); err != nil {
			t.Fatal(err)
		}
		if kept.mail.Logo != nil || !strings.Contains(kept.mail.HTML, `bgcolor="#0b5761"`) || strings.Contains(kept.mail.HTML, "evil") || strings.Contains(kept.mail.Text, "x.co") {
			t.Errorf("%s: %s", name, kept.mail.HTML)
		}
	}
}

// mailPage is a mail in HTML.
type mailPage struct{ root *html.Node }

func readMail(t testing.TB, text string) mailPage {
	t.Helper()
	root, err := html.Parse(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return mailPage{root}
}

// words are those of the body; only the head repeats the subject.
func (p mailPage) words() string {
	var text strings.Builder
	for node := range p.root.Descendants() {
		if node.Type == html.TextNode && !within(node, "head") {
			text.WriteString(node.Data + " ")
		}
	}
	return plainWords(text.String())
}

// plainWords leaves out marks and the one address that a button's own line repeats.
func plainWords(text string) string {
	text = strings.NewReplacer(":", " ", "·", " ", "\u00a0", " ", ".", " ", ",", " ").Replace(text)
	return strings.Join(strings.Fields(text), " ")
}

func (p mailPage) text(element string) (text string) {
	for node := range p.root.Descendants() {
		if node.Type == html.TextNode && node.Parent.Data == element {
			text += node.Data
		}
	}
	return text
}

func within(node *html.Node, element string) bool {
	for parent := range node.Ancestors() {
		if parent.Data == element {
			return true
		}
	}
	return false
}

func attribute(node *html.Node, name string) string {
	for _, each := range node.Attr {
		if each.Key == name {
			return each.Val
		}
	}
	return ""
}

// problems lists what a mail program would refuse, load or break: a resource of another place, a script, a form, a link elsewhere, a
// layout that is not made of tables 600 px wide.
func (p mailPage) problems() (found []string) {
	buttons, wide, schemes := 0, false, 0
	for node := range p.root.Descendants() {
		if node.Type != html.ElementNode {
			continue
		}
		if !slices.Contains([]string{"html", "head", "meta", "title", "style", "body", "table", "tbody", "tr", "td", "h1", "h2", "p", "a", "br", "img"}, node.Data) {
			found = append(found, "has a <"+node.Data+">")
		}
		for _, each := range node.Attr {
			switch {
			case each.Key == "href" && !strings.HasPrefix(each.Val, "https://id.aps.example/"), each.Key == "src" && each.Val != "cid:logo":
				found = append(found, each.Key+" "+each.Val)
			case strings.HasPrefix(each.Key, "on"), each.Key == "background", each.Key == "srcset", each.Key == "style" && strings.Contains(each.Val, "url("):
				found = append(found, each.Key)
			}
		}
		switch node.Data {
		case "table":
			if attribute(node, "role") != "presentation" {
				found = append(found, "a table of the layout is read out as data")
			}
			wide = wide || attribute(node, "width") == "600" && strings.Contains(attribute(node, "style"), "max-width:600px")
		case "a":
			if attribute(node, "class") == "button" {
				buttons++
			}
		case "meta":
			if attribute(node, "content") == "light dark" {
				schemes++
			}
		}
	}
	style := p.text("style")
	if !wide || schemes != 2 || !strings.Contains(style, "prefers-color-scheme: dark") || regexp.MustCompile(`url\(|@import|@font-face`).MatchString(style) {
		found = append(found, "is not 600 px wide, or knows no dark mode, or loads something")
	}
	if buttons > 1 {
		found = append(found, fmt.Sprintf("has %d buttons", buttons))
	}
	return found
}
