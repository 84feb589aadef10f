package notify_test

import (
	"bytes"
	"context"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"log/slog"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/notify"
	"github.com/apscloud/apsid/internal/policy"
)

const chromeOnWindows = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36"

// accountKinds tell people of something that happened to their account, and where it came from.
func accountKinds() []idp.NoticeKind {
	return []idp.NoticeKind{
		idp.NoticeAuthenticator, idp.NoticePINChanged, idp.NoticeRoles, idp.NoticeEnrolmentCode, idp.NoticeUsername,
		idp.NoticeMFASetUp, idp.NoticeMFARevoked, idp.NoticeMFAReset, idp.NoticePassword, idp.NoticePINUsed, idp.NoticeSigninPause,
	}
}

// allKinds reads them where they are defined, so that none is forgotten.
func allKinds(t testing.TB) []idp.NoticeKind {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../idp/notice.go", nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	var kinds []idp.NoticeKind
	ast.Inspect(file, func(node ast.Node) bool {
		spec, ok := node.(*ast.ValueSpec)
		if !ok || !strings.HasPrefix(spec.Names[0].Name, "Notice") {
			return true
		}
		text, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		kinds = append(kinds, idp.NoticeKind(text))
		return true
	})
	if len(kinds) < 20 {
		t.Fatalf("found only %q", kinds)
	}
	return kinds
}

func notice(kind idp.NoticeKind) idp.Notice {
	return idp.Notice{
		Kind: kind, UserID: "usr_zoe", Name: "Zoë O'Neill", Email: "zoe@harbour-finch.example", Phone: idp.NewSecret("+61412345417"),
		App: "Cloud Timesheets", Practice: "Harbour & Finch Accounting", Method: idp.KindTOTP, Address: "203.0.113.7",
		UserAgent: chromeOnWindows, At: time.Date(2026, 8, 3, 4, 5, 0, 0, time.UTC), TimeZone: "Australia/Sydney",
		By: "Olivia Finch", About: "Ivo Tan", Text: "added", Code: idp.NewSecret("12345678"), Days: 7,
		From: time.Date(2026, 8, 10, 4, 5, 0, 0, time.UTC),
	}
}

func support() notify.Support {
	return notify.Support{Name: "APS support", Phone: "1800 000 277", Email: "support@aps.example"}
}

// ownName is what people know the service as unless its operator says something else.
const ownName = "APS ID"

func newNotices(t testing.TB, mail notify.MailSender, sms notify.SMSSender, log *bytes.Buffer) *notify.Notices {
	t.Helper()
	return noticesOf(t, ownName, mail, sms, log)
}

func noticesOf(t testing.TB, service string, mail notify.MailSender, sms notify.SMSSender, log *bytes.Buffer) *notify.Notices {
	t.Helper()
	notices, err := notify.NewNotices(notify.NoticesConfig{
		Mail: mail, SMS: sms, Brands: shop{}, Service: service, Support: support(), Issuer: &url.URL{Scheme: "https", Host: "id.aps.example"},
		Log: slog.New(slog.NewTextHandler(log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	return notices
}

// shop knows one app with a colour and a logo.
type shop struct{}

func (shop) FindBrand(_ context.Context, app idp.ClientID) (notify.Brand, error) {
	if app != "timesheets" {
		return notify.Brand{}, idp.ErrNotFound
	}
	return notify.Brand{Name: "Cloud Timesheets", Accent: "#ffd400", Logo: png()}, nil
}

func png() []byte { return []byte("\x89PNG\r\n\x1a\nand so on") }

// deliver returns what the inbox has of a notice: the e-mail and the text.
func deliver(t testing.TB, n idp.Notice) (mail, sms notify.Message) {
	t.Helper()
	inbox := notify.NewInbox(evening)
	if err := newNotices(t, inbox, inbox, new(bytes.Buffer)).DeliverNotice(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	for _, m := range inbox.Messages() {
		switch m.Kind {
		case "email":
			mail = m
		case "sms":
			sms = m
		}
	}
	return mail, sms
}

func TestRevokedNoticeInFull(t *testing.T) { // ABUSE 19, 30
	mail, sms := deliver(t, notice(idp.NoticeMFARevoked))
	want := notify.Message{
		ID: mail.ID, HTML: mail.HTML, Kind: "email", Unread: true, To: "zoe@harbour-finch.example", Subject: "Zoë, your MFA was revoked with your recovery PIN", At: evening().UTC(),
		Text: `Cloud Timesheets · APS ID

Zoë, your MFA was revoked with your recovery PIN

An authenticator app was removed from your account with your recovery PIN, and the PIN is spent. You have been signed out of your APS apps. Security codes have to be set up again at the next sign-in.

When: 2:05 pm AEST on 3 August 2026
App: Cloud Timesheets
Practice: Harbour & Finch Accounting
Done by: Olivia Finch
Device: Chrome on Windows
Network address: 203.0.113.7

If this was you, finish setting up MFA and choose a new recovery PIN.

This wasn't you?

Somebody knows your password and your recovery PIN. Tell your practice's System Administrator or APS support on 1800 000 277 or at support@aps.example straight away.

APS never asks for your password, a security code or your recovery PIN by email, text message or telephone.

Questions? Ask APS support on 1800 000 277 or at support@aps.example.

For Zoë O'Neill of Harbour & Finch Accounting. APS ID sent this message automatically. Nobody reads replies to it.
`,
	}
	if diff := cmp.Diff(want, mail); diff != "" {
		t.Errorf("e-mail (-want +got):\n%s", diff)
	}
	const wantSMS = "APS ID: MFA was revoked for your account with your recovery PIN, 3 Aug 2:05 pm AEST. Not you? " +
		"Tell APS support on 1800 000 277 now."
	if sms.To != "+61412345417" || sms.Text != wantSMS {
		t.Errorf("text to %s: %q", sms.To, sms.Text)
	}
}

func TestConfirmingMailInFull(t *testing.T) { // ABUSE 49
	n := notice(idp.NoticeConfirm)
	n.Link, n.Until, n.App = idp.NewSecret("the-token"), n.At.Add(policy.ConfirmLife), ""
	mail, sms := deliver(t, n)
	want := notify.Message{
		ID: mail.ID, HTML: mail.HTML, Kind: "email", Unread: true, To: "zoe@harbour-finch.example", Subject: "Zoë, confirm your new email address for APS ID", At: evening().UTC(),
		Text: `APS ID

Zoë, confirm your new email address for APS ID

Olivia Finch has made this email address your user name at Harbour & Finch Accounting. You sign in to the APS apps with it from now on. Your password and your security codes stay as they are.

Please confirm that this is your address.

Confirm this address:
https://id.aps.example/account/link/the-token

When: 2:05 pm AEST on 3 August 2026
Practice: Harbour & Finch Accounting

The link works once, until 2:05 pm AEST on 6 August 2026. It asks for no password.

You have nothing to do with Harbour & Finch Accounting?

This email came to you by mistake. Please ignore it, or tell APS support on 1800 000 277 or at support@aps.example.

APS never asks for your password, a security code or your recovery PIN by email, text message or telephone.

Questions? Ask APS support on 1800 000 277 or at support@aps.example.

For Zoë O'Neill of Harbour & Finch Accounting. APS ID sent this message automatically. Nobody reads replies to it.
`,
	}
	if diff := cmp.Diff(want, mail); diff != "" {
		t.Errorf("e-mail (-want +got):\n%s", diff)
	}
	if sms.Text != "" {
		t.Errorf("a text: %q", sms.Text)
	}
}

func TestEveryNoticeSaysWhatWhenWhereAndWhatToDo(t *testing.T) {
	for _, kind := range accountKinds() {
		n := notice(kind)
		n.Until = n.At.Add(15 * time.Minute)
		mail, sms := deliver(t, n)
		for _, part := range []string{
			"Zoë O'Neill", "2:05 pm AEST on 3 August 2026", "Cloud Timesheets", "Harbour & Finch Accounting", "Chrome on Windows",
			"203.0.113.7", "System Administrator", "APS support on 1800 000 277",
		} {
			if !strings.Contains(mail.Text, part) {
				t.Errorf("%s: the e-mail lacks %q", kind, part)
			}
		}
		if strings.Contains(mail.Text, "417") || strings.Contains(mail.Text, "http") || strings.Contains(mail.Text, "{{") {
			t.Errorf("%s: the e-mail has a number or a link:\n%s", kind, mail.Text)
		}
		if sms.Text == "" && (kind == idp.NoticeRoles || kind == idp.NoticeUsername) {
			continue // by e-mail alone
		}
		if !strings.HasPrefix(sms.Text, "APS ID: ") || !strings.Contains(sms.Text, "3 Aug 2:05 pm AEST") {
			t.Errorf("%s: text %q", kind, sms.Text)
		}
		mustFitOneMessage(t, sms.Text)
	}
}

func TestNoticeWithoutANumberIsNoText(t *testing.T) {
	n := notice(idp.NoticeMFASetUp)
	n.Phone = idp.Secret{}
	if mail, sms := deliver(t, n); mail.To == "" || sms.To != "" {
		t.Errorf("e-mail %+v, text %+v", mail, sms)
	}
}

func TestPausedNoticeSaysUntilWhen(t *testing.T) {
	n := notice(idp.NoticeSigninPause)
	n.TimeZone, n.Until = "Pacific/Auckland", n.At.Add(15*time.Minute)
	if mail, _ := deliver(t, n); !strings.Contains(mail.Text, "You can sign in again from 4:20 pm NZST on 3 August 2026.") {
		t.Errorf("with an end:\n%s", mail.Text)
	}
	n.Until = time.Time{}
	if mail, _ := deliver(t, n); !strings.Contains(mail.Text, "until an administrator unlocks it") {
		t.Errorf("without an end:\n%s", mail.Text)
	}
}

func TestUnknownZoneAndNoNamesStillMakeAMessage(t *testing.T) {
	mail, _ := deliver(t, idp.Notice{
		Kind: idp.NoticePINUsed, Email: "zoe@example.com", At: time.Date(2026, 8, 3, 4, 5, 0, 0, time.UTC), TimeZone: "Moon/Crater",
	})
	for _, part := range []string{"Your recovery PIN was used", "4:05 am UTC", "Device: An unknown browser", "Network address: unknown"} {
		if !strings.Contains(mail.Text, part) {
			t.Errorf("lacks %q:\n%s", part, mail.Text)
		}
	}
	if strings.Contains(mail.Text, "App:") || strings.Contains(mail.Text, "Practice:") || strings.Contains(mail.Text, "For ") {
		t.Errorf("says nothing after a label:\n%s", mail.Text)
	}
}

func TestStrangersCannotWriteIntoOurMessages(t *testing.T) { // ABUSE 37, 38
	const lure = "Chrome. Your account is at risk, visit http://evil.example/now"
	n := notice(idp.NoticeSigninPause)
	n.UserAgent, n.Address = lure, lure
	mail, sms := deliver(t, n)
	if all := mail.Text + mail.Subject + sms.Text; strings.Contains(all, "evil") || strings.Contains(all, "at risk") {
		t.Errorf("the message repeats it:\n%s", all)
	}
}

// ABUSE 57: a name that was stored before there was a rule for names carries no address and no telephone number into a mail.
func TestStoredNamesCarryNoMessage(t *testing.T) {
	for name, want := range map[string]string{
		"Refund: call 0800 123 456 now": "Refund call now", "Win at evil.example/pay": "Win at evil example pay", "x.co/pay": "x co pay",
		"A.C.M.E. Pty Ltd": "A.C.M.E. Pty Ltd", "Smith & Co. 1987": "Smith & Co. 1987",
	} {
		n := notice(idp.NoticeInvite)
		n.Practice = name
		if mail, _ := deliver(t, n); mail.Subject != "Zoë, Olivia Finch invited you to "+want+" on APS ID" {
			t.Errorf("%q became %q", name, mail.Subject)
		}
	}
}

func TestHostileNamesStayInTheirLine(t *testing.T) { // ABUSE 38
	inbox := notify.NewInbox(evening)
	kept := &keeper{}
	notices := newNotices(t, kept, inbox, new(bytes.Buffer))
	rapid.Check(t, func(rt *rapid.T) {
		kind := rapid.SampledFrom(allKinds(t)).Draw(rt, "kind")
		if err := notices.DeliverNotice(t.Context(), notice(kind)); err != nil {
			rt.Fatal(err)
		}
		want := strings.Count(kept.mail.Text, "\n")
		n := notice(kind)
		hostile := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{
			"a\r\nBcc: eve@example.net", "\x1b[2J", "a\u2028b", "\u202egnp.exe", "<script>alert(1)</script>", "</title><img src=x>", "{{.}}",
			"http://evil.example", strings.Repeat("x", 1<<16),
		}))
		n.Name, n.Practice, n.App = "N"+hostile.Draw(rt, "name"), "P"+hostile.Draw(rt, "practice"), "A"+hostile.Draw(rt, "app")
		n.By, n.About, n.Text = "B"+hostile.Draw(rt, "by"), "O"+hostile.Draw(rt, "about"), "T"+hostile.Draw(rt, "text")
		if err := notices.DeliverNotice(t.Context(), n); err != nil {
			rt.Fatal(err)
		}
		got := kept.mail
		switch {
		case strings.ContainsAny(got.Subject, "\r\n\u2028"), strings.Count(got.Text, "\n") != want, strings.Contains(got.Text, "\r"):
			rt.Fatalf("a line was added:\n%s\n%s", got.Subject, got.Text)
		case strings.ContainsAny(got.Text, "\x1b\u2028\u202e"), strings.Contains(strings.ReplaceAll(got.Text, "https://id.aps.example/", ""), "://"):
			rt.Fatalf("not inert:\n%q", got.Text)
		case len([]rune(got.Subject)) > 160, strings.Contains(got.Subject, "://"):
			rt.Fatalf("subject %q", got.Subject)
		case strings.Contains(got.HTML, "<script"), strings.Contains(got.HTML, "<img"), strings.Contains(got.HTML, "onerror"):
			rt.Fatalf("not inert:\n%s", got.HTML)
		case len(got.Text) > 8000: // characters are up to four bytes
			rt.Fatalf("%d bytes", len(got.Text))
		}
	})
}

// keeper is a mail server of the test's own: it keeps the last message, or fails.
type keeper struct {
	mail notify.Mail
	err  error
}

func (k *keeper) SendMail(_ context.Context, m notify.Mail) error {
	k.mail = m
	return k.err
}

// refuser fails every text.
type refuser struct{ err error }

func (r refuser) SendSMS(context.Context, idp.Secret, string) error { return r.err }

func TestWhatTheOutboxIsTold(t *testing.T) {
	refused, down := idp.Wrap(idp.CodeInvalid, errors.New("550")), idp.Wrap(idp.CodeUnavailable, errors.New("down"))
	busy := idp.Busy(time.Second)
	tests := []struct {
		name      string
		mail, sms error
		want      idp.Code
	}{
		{"both taken", nil, nil, ""},
		{"number refused, mail taken", nil, refused, ""},
		{"mail refused, text taken", refused, nil, ""},
		{"both refused", refused, refused, idp.CodeInvalid},
		{"mail down", down, nil, idp.CodeUnavailable},
		{"texts throttled", nil, busy, idp.CodeBusy},
		{"mail refused, texts down", refused, down, idp.CodeUnavailable},
		{"mail down, number refused", down, refused, idp.CodeUnavailable},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var log bytes.Buffer
			err := newNotices(t, &keeper{err: test.mail}, refuser{test.sms}, &log).DeliverNotice(t.Context(), notice(idp.NoticePINUsed))
			if idp.CodeOf(err) != test.want {
				t.Errorf("%v, want %q", err, test.want)
			}
			if logged := log.String(); strings.Contains(logged, "61412345417") || strings.Contains(logged, "zoe@") {
				t.Errorf("logged %s", logged)
			}
		})
	}
}

func TestNoticeNobodyCanGet(t *testing.T) {
	notices := newNotices(t, &keeper{}, refuser{}, new(bytes.Buffer))
	if err := notices.DeliverNotice(t.Context(), idp.Notice{Kind: idp.NoticePINUsed}); idp.CodeOf(err) != idp.CodeInvalid {
		t.Errorf("without address and number: %v", err)
	}
	newer := notice("of_a_newer_version")
	if err := notices.DeliverNotice(t.Context(), newer); err == nil || idp.CodeOf(err) == idp.CodeInvalid { // ABUSE 47
		t.Errorf("a kind this version has no words for: %v, want an error to try again", err)
	}
}

func TestNewNoticesWantsEverything(t *testing.T) {
	if _, err := notify.NewNotices(notify.NoticesConfig{}); err == nil {
		t.Error("no error")
	}
}

func TestLinksLeadToTheIssuerAndStandAlone(t *testing.T) { // ABUSE 24
	for _, kind := range []idp.NoticeKind{idp.NoticeInvite, idp.NoticePasswordReset, idp.NoticeUnlock, idp.NoticeConfirm, idp.NoticeSigninPause} {
		n := notice(kind)
		n.Link = idp.NewSecret("the-token")
		n.Until = n.At.Add(time.Hour)
		if mail, _ := deliver(t, n); !slices.Contains(strings.Split(mail.Text, "\n"), "https://id.aps.example/account/link/the-token") {
			t.Errorf("%s has no line with the link alone:\n%s", kind, mail.Text)
		}
	}
	for _, kind := range allKinds(t) {
		if !policy.Warns(kind) {
			continue
		}
		n := notice(kind)
		n.NotMe = idp.NewSecret("the-token")
		if mail, _ := deliver(t, n); !slices.Contains(strings.Split(mail.Text, "\n"), "https://id.aps.example/account/link/the-token") {
			t.Errorf("%s has no way to say that it wasn't you:\n%s", kind, mail.Text)
		}
	}
}

func TestTheAnswerToARequestSaysYesOrNo(t *testing.T) {
	n := notice(idp.NoticeActivation)
	n.Text = "Two more people need access first."
	yes, _ := deliver(t, n)
	n.Days = 0
	no, _ := deliver(t, n)
	if !strings.Contains(yes.Subject, "is active in Harbour & Finch Accounting") || strings.Contains(no.Text, "is active") || !strings.Contains(no.Text, n.Text) {
		t.Errorf("yes %q\nno %s", yes.Subject, no.Text)
	}
}

func TestACodeIsReadOutInGroups(t *testing.T) {
	if mail, _ := deliver(t, notice(idp.NoticeCaseCode)); !strings.Contains(mail.Text, "The code is 1234 5678.") {
		t.Error(mail.Text)
	}
}

// one knows one brand for every app.
type one struct{ brand notify.Brand }

func (o one) FindBrand(context.Context, idp.ClientID) (notify.Brand, error) { return o.brand, nil }

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }
