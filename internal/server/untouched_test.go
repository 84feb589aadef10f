package server_test

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/server"
	"github.com/apscloud/apsid/internal/testenv"
)

// The doctor changes nothing: no row, no table, no key and no file, before the first start and after it.
func TestTheDoctorChangesNothing(t *testing.T) {
	s := newSound(t)
	empty, folder := testenv.Postgres(t), t.TempDir()
	first := s.given // a node that was never started
	first.HTTP.Issuer, first.HTTP.TrustedProxies = "http://127.0.0.1:1", nil
	first.Stores = config.Stores{Sealed: config.Sealed{Database: config.Database{StateDir: filepath.Join(folder, "state")}}}
	started := first
	started.Stores.StateDir = filepath.Join(folder, "started")
	runOnce(t, started)
	migrating := s.given
	migrating.Stores.DatabaseURL = config.NewSecret(empty)

	seen := func() []string {
		all := append(contentsOf(t, s.owner), contentsOf(t, empty)...)
		all = append(all, redisClient(t, s.redis).Keys(t.Context(), "*").Val()...)
		return append(all, filesIn(t, folder)...)
	}
	before := seen()
	for name, c := range map[string]config.Server{"running": s.given, "first": first, "started": started, "migrating": migrating} {
		found := server.Examine(t.Context(), c, s.asked)
		for _, each := range found {
			if each.State == server.Fail && name != "migrating" {
				t.Errorf("%s: a start would have made it: %+v", name, each)
			}
		}
	}
	if diff := cmp.Diff(before, seen()); diff != "" {
		t.Error(diff)
	}
	if taken, heard := s.mail.all(); taken != "" || strings.Contains(heard, "DATA") || !strings.Contains(heard, "AUTH") {
		t.Errorf("the mail server took %q, and heard %s", taken, heard)
	}
}

// contentsOf says of every table how many rows it has, and a sum of them.
func contentsOf(t *testing.T, address string) (all []string) {
	t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }()
	rows, err := conn.Query(ctx, "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY 1")
	if err != nil {
		t.Fatal(err)
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range tables {
		var sum string
		text := "SELECT count(*) || ' ' || coalesce(sum(hashtextextended(t::text, 0)), 0) FROM " + pgx.Identifier{table}.Sanitize() + " t"
		if err := conn.QueryRow(ctx, text).Scan(&sum); err != nil {
			t.Fatal(err)
		}
		all = append(all, table+" "+sum)
	}
	return all
}

// filesIn lists a folder, with the content of the files.
func filesIn(t *testing.T, folder string) (all []string) {
	t.Helper()
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			all = append(all, path)
			return err
		}
		text, err := os.ReadFile(path)
		all = append(all, fmt.Sprintf("%s %d %s", path, len(text), idp.HashToken(string(text))))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// Where nothing answers, each thing that does not is one line, and all of it takes less than a quarter of a minute.
func TestTheDoctorEndsThoughNothingAnswers(t *testing.T) {
	s := newSound(t)
	given := s.given
	given.HTTP.Issuer = "https://" + mute(t)
	given.Stores.DatabaseURL = config.NewSecret("postgres://u:s3cret@" + mute(t) + "/apsid?sslmode=disable")
	given.Stores.RedisURL = config.NewSecret("redis://" + mute(t))
	given.Mail.SMTPURL = config.NewSecret("smtp://aps:s3cret@" + mute(t))
	given.Texts.SNSEndpoint = "http://" + mute(t)
	began := time.Now()
	failed := map[string]int{}
	for _, each := range server.Examine(t.Context(), given, s.asked) {
		if each.State == server.Fail || each.Check == "public address" {
			failed[each.Check]++
		}
	}
	if took := time.Since(began); took > 15*time.Second {
		t.Errorf("took %s", took)
	}
	want := map[string]int{"database": 1, "redis": 1, "e-mail": 1, "text messages": 1, "public address": 1}
	if diff := cmp.Diff(want, failed); diff != "" {
		t.Error(diff)
	}
}

// What runs at the addresses of the settings is the node itself.
func TestTheDoctorKnowsTheNodeItself(t *testing.T) {
	s := newSound(t)
	given := s.given
	given.HTTP.Listen, given.HTTP.MetricsListen = freeAddress(t), freeAddress(t)
	node, err := server.New(t.Context(), completed(t, given), server.Deps{Logger: quiet()})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- node.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	for until := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		text := said(findingsOf(t, given, "listening address")) + said(findingsOf(t, given, "metrics address"))
		if isOpen(given.HTTP.Listen) && isOpen(given.HTTP.MetricsListen) && text == "ok ok " {
			return
		}
		if time.Now().After(until) {
			t.Fatalf("got %q", text)
		}
	}
}

// A trial is sent only when it is asked for, and a refusal is said.
func TestTrialsAreSent(t *testing.T) {
	s := newSound(t)
	number := fmt.Sprintf("+614%08d", time.Now().UnixNano()%100_000_000)
	s.asked.MailTo, s.asked.TextTo = "riley@aps.com.au", idp.NewSecret(number)
	trial := func(given config.Server) string {
		text := ""
		for _, each := range server.Examine(t.Context(), given, s.asked) {
			if each.Check == "e-mail" || each.Check == "text messages" {
				text += string(each.State) + " " + each.Text + "\n"
			}
		}
		return text
	}
	if text := trial(s.given); !strings.Contains(text, "ok the mail server took a trial message") || !strings.Contains(text, "ok Amazon SNS took a trial message") {
		t.Errorf("got %s", text)
	}
	if taken, _ := s.mail.all(); !strings.Contains(taken, "<riley@aps.com.au>") {
		t.Errorf("the mail server took %q", taken)
	}
	if text := getText(t, testenv.Moto(t)+"/moto-api/data.json"); !strings.Contains(text, number) {
		t.Error("SNS took no message")
	}
	refusing := s.given
	refusing.Mail.SMTPURL = config.NewSecret("smtp://aps:s3cret@" + startMail(t, &mailServer{replies: map[string]string{"RCPT": "550 no such mailbox"}, tls: s.mail.tls}))
	s.asked.TextTo = idp.NewSecret("riley")
	text := trial(refusing)
	if !strings.Contains(text, "FAIL the mail server took no trial message: ") || !strings.Contains(text, "550") ||
		!strings.Contains(text, `FAIL Amazon SNS took no trial message: publish to SNS: refused with "InvalidParameter"`) {
		t.Errorf("got %s", text)
	}
	refusing.Texts.Sender, refusing.Mail.SMTPURL = config.SenderInbox, config.Secret{}
	if text := trial(refusing); strings.Count(text, "note ") != 2 {
		t.Errorf("got %s", text)
	}
}
