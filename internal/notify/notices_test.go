package notify_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/notify"
)

const chromeOnWindows = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36"

func allKinds() []idp.NoticeKind {
	return []idp.NoticeKind{idp.NoticeMFASetUp, idp.NoticeMFARevoked, idp.NoticeMFAReset, idp.NoticePassword, idp.NoticePINUsed, idp.NoticeSigninPause}
}

func notice(kind idp.NoticeKind) idp.Notice {
	return idp.Notice{
		Kind: kind, UserID: "usr_zoe", Name: "Zoë O'Neill", Email: "zoe@harbour-finch.example", Phone: idp.NewSecret("+61412345417"),
		App: "Cloud Timesheets", Practice: "Harbour & Finch Accounting", Method: idp.KindTOTP, Address: "203.0.113.7",
		UserAgent: chromeOnWindows, At: time.Date(2026, 8, 3, 4, 5, 0, 0, time.UTC), TimeZone: "Australia/Sydney",
	}
}

func support() notify.Support {
	return notify.Support{Name: "APS support", Phone: "1800 000 277", Email: "support@aps.example"}
}

func newNotices(t testing.TB, mail notify.MailSender, sms notify.SMSSender, log *bytes.Buffer) *notify.Notices {
	t.Helper()
	notices, err := notify.NewNotices(notify.NoticesConfig{
		Mail: mail, SMS: sms, Support: support(), Log: slog.New(slog.NewTextHandler(log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	return notices
}

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
		Kind: "email", To: "zoe@harbour-finch.example", Subject: "MFA was revoked for your APS account", At: evening().UTC(),
		Text: `Hello Zoë O'Neill,

An authenticator app was removed from your account with your recovery PIN, and the PIN is spent. You have been signed out of your APS apps. Security codes have to be set up again at the next sign-in.

When: 3 August 2026 at 2:05 pm AEST
App: Cloud Timesheets
Practice: Harbour & Finch Accounting
From: Chrome on Windows, network address 203.0.113.7

If this was you, finish setting up MFA and choose a new recovery PIN.

If it wasn't you, somebody knows your password and your recovery PIN. Tell your practice's System Administrator or APS support on 1800 000 277 or at support@aps.example straight away.

APS never asks for your password, a security code or your recovery PIN by e-mail, text message or telephone.

APS ID
This message was sent automatically to the owner of the account. Nobody reads replies to it.
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

func TestEveryNoticeSaysWhatWhenWhereAndWhatToDo(t *testing.T) {
	for _, kind := range allKinds() {
		n := notice(kind)
		n.Until = n.At.Add(15 * time.Minute)
		mail, sms := deliver(t, n)
		for _, part := range []string{
			"Zoë O'Neill", "3 August 2026 at 2:05 pm AEST", "Cloud Timesheets", "Harbour & Finch Accounting", "Chrome on Windows",
			"203.0.113.7", "System Administrator", "APS support on 1800 000 277",
		} {
			if !strings.Contains(mail.Text, part) {
				t.Errorf("%s: the e-mail lacks %q", kind, part)
			}
		}
		if strings.Contains(mail.Text, "417") || strings.Contains(mail.Text, "http") || strings.Contains(mail.Text, "{{") {
			t.Errorf("%s: the e-mail has a number or a link:\n%s", kind, mail.Text)
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
	for _, part := range []string{"Hello there,", "4:05 am UTC", "an unknown browser, network address unknown"} {
		if !strings.Contains(mail.Text, part) {
			t.Errorf("lacks %q:\n%s", part, mail.Text)
		}
	}
	if strings.Contains(mail.Text, "App:") || strings.Contains(mail.Text, "Practice:") {
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

func TestHostileNamesStayInTheirLine(t *testing.T) { // ABUSE 38
	inbox := notify.NewInbox(evening)
	kept := &keeper{}
	notices := newNotices(t, kept, inbox, new(bytes.Buffer))
	rapid.Check(t, func(rt *rapid.T) {
		kind := rapid.SampledFrom(allKinds()).Draw(rt, "kind")
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
		if err := notices.DeliverNotice(t.Context(), n); err != nil {
			rt.Fatal(err)
		}
		got := kept.mail
		switch {
		case strings.ContainsAny(got.Subject, "\r\n\u2028"), strings.Count(got.Text, "\n") != want, strings.Contains(got.Text, "\r"):
			rt.Fatalf("a line was added:\n%s\n%s", got.Subject, got.Text)
		case strings.ContainsAny(got.Text, "\x1b\u2028\u202e"), strings.Contains(got.Text, "://"):
			rt.Fatalf("not inert:\n%q", got.Text)
		case strings.Contains(got.HTML, "<script"), strings.Contains(got.HTML, "<img"):
			rt.Fatalf("not inert:\n%s", got.HTML)
		case len(got.Text) > 4000:
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

func TestHTMLSaysTheSame(t *testing.T) {
	kept := &keeper{}
	notices := newNotices(t, kept, notify.NewInbox(evening), new(bytes.Buffer))
	for _, kind := range allKinds() {
		if err := notices.DeliverNotice(t.Context(), notice(kind)); err != nil {
			t.Fatal(err)
		}
		if got, want := wordsOf(kept.mail.HTML), wordsOf(kept.mail.Text); got != want {
			t.Errorf("%s:\nHTML %s\ntext %s", kind, got, want)
		}
	}
}

// wordsOf leaves the words alone: no tags, no marks, nothing of the head.
func wordsOf(text string) string {
	if _, body, found := strings.Cut(text, "<body>"); found {
		text = body
	}
	var plain strings.Builder
	inside := false
	for _, r := range text {
		switch {
		case r == '<':
			inside = true
			plain.WriteByte(' ')
		case r == '>':
			inside = false
		case !inside:
			plain.WriteRune(r)
		}
	}
	unescaped := strings.NewReplacer("&#39;", "'", "&amp;", "&", ":", " ", ",", " , ").Replace(plain.String())
	return strings.Join(strings.Fields(unescaped), " ")
}

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
