package sqlstore

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/testenv"
)

// A rotation reads its session, its token and what it deletes, however many tokens of the session were used a moment ago: an app that
// refreshes in a loop makes thousands of them in the minute for which they are kept.
func TestARotationReadsWhatItChanges(t *testing.T) {
	t.Parallel()
	url := testenv.Postgres(t)
	loadFixture(t, url, 25, filepath.Join("testdata", string(Postgres), "00025.sql"))
	p, err := openPools(Postgres, url, Limit)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.close() })
	conn, err := p.writer.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	for _, statement := range []string{
		`INSERT INTO refresh_tokens (hash, sid, client_id, user_id, scopes, auth_time, created_at, expires_at, used_at, generation)
			SELECT 'used-' || n, 'ses_live', 'timesheets', 'usr_ada', '[]', now(), now(), now() + interval '1 day',
				CASE WHEN n < 3 THEN now() - interval '1 hour' WHEN n < 2000 THEN now() END, n + 1 FROM generate_series(0, 2000) AS n`,
		"ANALYZE refresh_tokens",
	} {
		if _, err := conn.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	now := time.Now()
	next := refreshToRow(idp.RefreshToken{
		Hash: "next", SID: "ses_live", ClientID: "timesheets", UserID: "usr_ada", AuthTime: now, CreatedAt: now, ExpiresAt: now.Add(time.Hour), Generation: 2002,
	})
	read, plan, err := rowsRead(t.Context(), conn, statement{SQL: rotate, Args: next.values(at(now), text("used-2000"), at(now.Add(-time.Minute)))})
	if err != nil || read > 20 {
		t.Errorf("it reads %d rows, %v:\n%s", read, err, plan)
	}
	var left int
	if err := conn.QueryRowContext(t.Context(), "SELECT count(*) FROM refresh_tokens WHERE hash LIKE 'used-%' OR hash = 'next'").Scan(&left); err != nil || left != 1999 {
		t.Errorf("%d tokens are left, %v; 3 of 2,001 were used long ago, and one is new", left, err)
	}
}

func TestARotationOnOneNodeReadsWhatItChanges(t *testing.T) {
	t.Parallel()
	url := "sqlite:" + filepath.Join(t.TempDir(), "rotate.db")
	loadFixture(t, url, 25, filepath.Join("testdata", string(SQLite), "00025.sql"))
	p, err := openPools(SQLite, url, Limit)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.close() })
	var id, parent, unused int
	var plan string
	question := "EXPLAIN QUERY PLAN SELECT hash FROM refresh_tokens WHERE sid = ? AND generation > 0 AND used_at < ?"
	if err := p.reader.QueryRowContext(t.Context(), question, "ses_live", "2026-02-02T03:04:05.000000Z").Scan(&id, &parent, &unused, &plan); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(plan, "(sid=? AND used_at<?)") {
		t.Errorf("it looks at all tokens of the session: %s", plan)
	}
}
