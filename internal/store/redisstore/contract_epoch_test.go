package redisstore_test

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/apscloud/apsid/internal/auditlog"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/restore"
	"github.com/apscloud/apsid/internal/signin"
)

// epochForgets: ABUSE 54: nothing that was given before a backup was restored is found after it, whatever was done with Redis; what only
// refuses goes on refusing.
func epochForgets(t *testing.T, s redisStore) {
	id, code, reference := storeOneOfEach(t, s)
	now := time.Now()
	must(t, s.Checks.Keep(t.Context(), "whose", now))
	mustClaim(t, s, "name", "request", "claim")

	for number, since := range []time.Time{now, now.Add(time.Microsecond)} {
		s.Store.EnterEpoch(idp.Epoch{Number: int64(number + 1), Since: since})
		_, findErr := s.Transactions.Find(t.Context(), id)
		_, consumeErr := s.Transactions.Consume(t.Context(), id)
		_, codeErr := s.Codes.ConsumeCode(t.Context(), code)
		_, referenceErr := s.References.FindReference(t.Context(), reference)
		_, beatErr := s.Activity.Beat(t.Context(), "ses_1", "timesheets", now, now, 0, 0, 0)
		for what, err := range map[string]error{
			"find": findErr, "consume": consumeErr, "update": s.Transactions.Update(t.Context(), signin.Transaction{ID: id, Version: 1}),
			"code": codeErr, "reference": referenceErr, "activity": beatErr,
		} {
			if !errors.Is(err, idp.ErrNotFound) {
				t.Errorf("%s: %v", what, err)
			}
		}
		if kept, err := s.Checks.IsKept(t.Context(), "whose", now); kept || err != nil {
			t.Errorf("a password's check: %t, %v", kept, err)
		}
		mustClaim(t, s, "name", "request", "claim") // the request is carried out again
		id, code, reference = storeOneOfEachAgain(t, s)
		must(t, s.Checks.Keep(t.Context(), "whose", now))
	}
}

// storeOneOfEachAgain is storeOneOfEach but for what is bounded by time.
func storeOneOfEachAgain(t *testing.T, s redisStore) (transactionID, codeHash, referenceHash string) {
	t.Helper()
	tx := newTransaction(t)
	createTransaction(t, s, tx)
	codeHash, _ = createCode(t, s, codeLife)
	referenceHash, r := newReference(t)
	createReference(t, s, referenceHash, r)
	return tx.ID, codeHash, referenceHash
}

// A new kind of key is one of what is given, or one of what only refuses. The page on backups names all of them.
func TestEveryKeyIsOfAnEpochOrOnlyRefuses(t *testing.T) {
	given := []string{"answer:", "code:", "held:", "password-check:", "pulse:", "pushed:", "reference:", "signin:", "standing:"}
	others := []string{"doctor", "mark:", "news", "proof:", "rate:", "stranger:", "{sms:", "{sms}:"} // mark: what was seen of the database
	page, err := os.ReadFile("../../../deploy/docs/backup.md")
	must(t, err)
	files, err := filepath.Glob("*.go")
	must(t, err)
	var seen, plain []string
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		source, err := os.ReadFile(file)
		must(t, err)
		for _, found := range regexp.MustCompile(`granted\("([^"]*)"`).FindAllStringSubmatch(string(source), -1) {
			seen = append(seen, found[1])
		}
		for _, found := range regexp.MustCompile(`prefix \+ "([^"]*)"`).FindAllStringSubmatch(string(source), -1) {
			plain = append(plain, found[1])
		}
	}
	slices.Sort(seen)
	slices.Sort(plain)
	same(t, slices.Compact(seen), given)
	same(t, slices.Compact(plain), others)
	for _, kind := range append(given, others...) {
		if !slices.Contains([]string{"doctor", "mark:", "news"}, kind) && !strings.Contains(string(page), "`"+kind+"`") {
			t.Errorf("backup.md does not say what becomes of %s", kind)
		}
	}
}

// marksAreRaised: a mark goes forward, by epoch and then by size, whoever raises it.
func marksAreRaised(t *testing.T, s redisStore) {
	marks, at := s.Store.Marks(), time.Date(2026, 3, 1, 9, 0, 0, 123000, time.UTC)
	mark := func(epoch time.Duration, size int64) restore.Mark {
		m := restore.Mark{Place: auditlog.Place{Size: size, Root: tlog.Hash{byte(size)}, At: at}}
		if epoch > 0 {
			m.Epoch = idp.Epoch{Number: 1, Since: at.Add(epoch)}
		}
		return m
	}
	none, err := marks.FindMark(t.Context(), "trail")
	must(t, err)
	same(t, none, restore.Mark{})
	for _, step := range []struct{ raise, want restore.Mark }{
		{mark(0, 0), mark(0, 0)},
		{mark(0, 7), mark(0, 7)},
		{mark(0, 5), mark(0, 7)},
		{mark(time.Microsecond, 2), mark(time.Microsecond, 2)},
		{mark(0, 9), mark(time.Microsecond, 2)},
		{mark(time.Microsecond, 3), mark(time.Microsecond, 3)},
		{mark(2*time.Microsecond, 0), mark(2*time.Microsecond, 0)},
	} {
		must(t, marks.RaiseMark(t.Context(), "trail", step.raise))
		got, err := marks.FindMark(t.Context(), "trail")
		must(t, err)
		same(t, got, step.want)
	}
	other, err := marks.FindMark(t.Context(), "other")
	must(t, err)
	same(t, other, restore.Mark{})
	within(t, "mark", lifeOf(t, s, keyOf(t, s, "mark:")), 399*24*time.Hour, 400*24*time.Hour)
}
