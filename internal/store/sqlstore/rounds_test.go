package sqlstore

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
)

const (
	fewApps = 40 // of which 30,000 sessions are open
	fewNew  = 3  // events without a leaf, of 100,000
	// mostNew is how many rows a statement of a round may read where nothing is due but fewNew events, and each app is asked for once.
	mostNew = 100
)

// roundStatements are beside the large data set what rounds look through: integrations, sessions that are open, and events with their
// leaves.
func roundStatements() []string {
	return []string{
		`INSERT INTO clients (id, name, kind, auth_method, secrets, redirect_uris, post_logout_redirect_uris, initiate_login_uri, scopes,
				refresh_tokens, pkce_optional, id_token_alg, reference_tokens, practice_id, profile, session_lifetime, session_idle_timeout, disabled, created_at, updated_at, version)
			SELECT 'machine-' || n, 'Machine' || n, 'machine', 'client_secret_basic', '[]', '[]', '[]', '', '[]', FALSE, FALSE, 'ES256', FALSE, 'prc_' || n % 1000, 'default', 0, 0, FALSE, now(), now(), 1
			FROM generate_series(1, 20000) AS n`,
		fmt.Sprintf(`INSERT INTO clients (id, name, kind, auth_method, secrets, redirect_uris, post_logout_redirect_uris, initiate_login_uri, scopes,
				refresh_tokens, pkce_optional, id_token_alg, reference_tokens, profile, session_lifetime, session_idle_timeout, disabled, created_at, updated_at, version)
			SELECT 'web-' || n, 'Web' || n, 'web', 'client_secret_basic', '[]', '[]', '[]', '', '[]', FALSE, FALSE, 'ES256', FALSE, 'default', 0, 0, FALSE, now(), now(), 1
			FROM generate_series(1, %d) AS n`, fewApps),
		fmt.Sprintf(`INSERT INTO sessions (id, practice_id, user_id, client_id, browser_hash, acr, amr, auth_time, created_at, expires_at, end_reason)
			SELECT 'ses_open_' || n, 'prc_0', 'usr_' || n %% 10000, 'web-' || 1 + n %% %d, 'o' || n, '', '[]', t, t, t + interval '1 day', ''
			FROM generate_series(1, 30000) AS n, (SELECT timestamptz '2026-06-01T00:00:00Z' AS t) AS began`, fewApps),
		fmt.Sprintf(`INSERT INTO log_leaves (idx, event_id, hash, root) SELECT row_number() OVER (ORDER BY id) - 1, id, '', ''
			FROM (SELECT id FROM events ORDER BY id OFFSET %d) AS e`, fewNew),
		"VACUUM ANALYZE",
	}
}

// rounds are the questions that nodes ask by themselves, over and over.
func rounds(now time.Time) []asked {
	before := map[idp.ClientID]time.Time{}
	for n := range fewApps {
		before[idp.ClientID(fmt.Sprintf("web-%d", n+1))] = now.Add(-time.Hour)
	}
	return []asked{
		{"seal", func(ctx context.Context, s *Store) error {
			waiting, err := s.ListWaiting(ctx, "", 500)
			if err == nil && len(waiting) != fewNew {
				err = fmt.Errorf("%d events wait", len(waiting))
			}
			return err
		}},
		{"seal, where the tree ends", func(ctx context.Context, s *Store) error {
			_, err := s.NewestCheckpoint(ctx)
			return noneIfGone(err)
		}},
		{"sweep", func(ctx context.Context, s *Store) error {
			lapsed, err := s.ListLapsed(ctx, now, before, before, 200)
			if err == nil && len(lapsed) != 0 {
				err = fmt.Errorf("%d sessions are over", len(lapsed))
			}
			return err
		}},
		{"the apps", func(ctx context.Context, s *Store) error { _, err := s.ListApps(ctx); return err }},
		{"repair", func(ctx context.Context, s *Store) error { _, err := s.Repair(ctx); return err }},
		{"clean", func(ctx context.Context, s *Store) error {
			_, err := s.Clean(ctx, time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC))
			return err
		}},
		{"remind", func(ctx context.Context, s *Store) error {
			_, _, err := s.SearchClients(ctx, directory.ClientQuery{Dated: true}, Page{Limit: 200})
			return err
		}},
		{"copies", func(ctx context.Context, s *Store) error { _, err := s.CopyVersions(ctx); return err }},
		{"keys", func(ctx context.Context, s *Store) error { _, err := s.ListKeys(ctx); return err }},
		{"presence", func(ctx context.Context, s *Store) error { _, err := s.ListInstalled(ctx, "node/"); return err }},
	}
}

// What a node does by itself costs what is new or due, and not what is there.
func TestRoundsReadWhatIsNew(t *testing.T) {
	t.Parallel()
	heard := &statements{}
	store, beside := large(t, heard)
	for _, statement := range roundStatements() {
		if _, err := beside.ExecContext(t.Context(), statement); err != nil {
			t.Fatalf("%v: %s", err, statement)
		}
	}
	conn, err := beside.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	read, _, err := rowsRead(t.Context(), conn, statement{SQL: "SELECT id FROM events WHERE reason = 'x'"})
	if err != nil || read < 100_000 {
		t.Fatalf("a look at all events is seen as %d rows, %v", read, err)
	}
	for _, round := range rounds(largeNow().Add(30 * time.Minute)) {
		heard.take()
		if err := round.ask(t.Context(), store); err != nil {
			t.Errorf("%s: %v", round.name, err)
		}
		asked := 0
		for _, s := range heard.take() {
			if !strings.HasPrefix(s.SQL, "SELECT") {
				continue // the frame of a transaction
			}
			asked++
			if read, plan, err := rowsRead(t.Context(), conn, s); err != nil || read > mostNew {
				t.Errorf("%s reads %d rows, %v: %s\n%s", round.name, read, err, s.SQL, plan)
			}
		}
		if asked == 0 {
			t.Errorf("%s asked nothing", round.name)
		}
	}
}
