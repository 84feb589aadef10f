package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/faulttest/rig"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/testenv"
)

// The large data set: 1,000 practices of 50 people each but for one, prc_0, of 10,000; what they do in a month.
const (
	largePractice = idp.PracticeID("prc_0")
	largeUser     = idp.UserID("usr_5000") // of largePractice
)

func largeNow() time.Time { return time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC) }

// largeStatements write it. n counts people, from 0.
func largeStatements() []string {
	const (
		person   = "CASE WHEN n < 10000 THEN 'prc_0' ELSE 'prc_' || (1 + n % 999) END"
		when     = "timestamptz '2026-05-01T00:00:00Z' + n * interval '10 seconds'"
		series   = " FROM generate_series(0, %d) AS n"
		people   = 10000 + 999*50 - 1
		happened = 100_000
	)
	from := func(last int) string { return fmt.Sprintf(series, last) }
	return []string{
		`INSERT INTO practices (id, name, kind, state, region, time_zone, mfa, apps, created_at, updated_at, version)
			SELECT 'prc_' || n, 'Practice' || n || ' Ledgers', 'customer', 'active', 'AU', 'Australia/Sydney', 'active', '[]', now(), now(), 1` + from(999),
		`INSERT INTO users (id, practice_id, username, name, folded, folded_of, state, roles, password_hash, created_at, updated_at, last_signin_at, version)
			SELECT 'usr_' || n, ` + person + `, username, name, lower(name) || E'\n' || username, name || ' <' || username || '>',
				CASE WHEN n % 50 = 7 THEN 'disabled' ELSE 'active' END, CASE WHEN n % 200 = 3 THEN '["user_management"]' ELSE '[]' END,
				CASE WHEN n % 40 = 11 THEN '' ELSE '$argon2id$' || repeat('x', 90) END, now(), now(), CASE WHEN n % 20 <> 11 THEN now() END, 1
			FROM (SELECT n, 'First' || n % 97 || ' Last' || n AS name, 'first' || n % 97 || '.last' || n || '@x.example' AS username` + from(people) + `) AS s`,
		`INSERT INTO authenticators (id, practice_id, user_id, kind, label, totp_key, last_step, created_at)
			SELECT 'aut_' || n, ` + person + `, 'usr_' || n, 'totp', '', convert_to('authenticators/totp_key/aut_' || n || '|K', 'UTF8'), 0, now()` +
			from(people) + ` WHERE n % 5 <> 0`,
		`INSERT INTO clients (id, name, kind, auth_method, secrets, redirect_uris, post_logout_redirect_uris, initiate_login_uri, scopes,
				refresh_tokens, pkce_optional, id_token_alg, reference_tokens, practice_id, profile, session_lifetime, session_idle_timeout, disabled, created_at, updated_at, version)
			SELECT 'app-' || n, 'App' || n, 'machine', 'client_secret_basic', '[]', '[]', '[]', '', '[]', FALSE, FALSE, 'ES256', FALSE,
				'prc_' || n, 'default', 0, 0, FALSE, now(), now(), 1` + from(999),
		`INSERT INTO sessions (id, practice_id, user_id, client_id, browser_hash, acr, amr, auth_time, created_at, expires_at, ended_at, end_reason)
			SELECT 'ses_' || n, ` + person + `, 'usr_' || n, 'app-1', 'b' || n, '', '[]', now(), ` + when + `, ` + when + `, now(), 'logout'` + from(people),
		`INSERT INTO refresh_tokens (hash, sid, client_id, user_id, scopes, auth_time, created_at, expires_at)
			SELECT 'r' || n, 'ses_' || n, 'app-1', 'usr_' || n, '[]', now(), now(), now()` + from(people) + ` WHERE n % 3 = 0`,
		`INSERT INTO guards (subject_hash, proof, failures, locks, locked, locked_until, updated_at, user_id)
			SELECT encode(sha256(convert_to('usr_' || n, 'UTF8')), 'hex'), 'code', 5, 1, n % 400 = 0, now() + interval '100 years', now(), 'usr_' || n` + from(people) + ` WHERE n % 4 = 0`,
		`INSERT INTO events (id, at, type, actor_kind, actor_id, practice_id, user_id, client_id, sid, result, reason, address, user_agent, details)
			SELECT 'evt_1' || lpad(to_hex(e), 12, '0'), timestamptz '2026-05-01T00:00:00Z' + e * interval '20 seconds',
				(ARRAY['signin.password_accepted', 'signin.code_accepted', 'signin.succeeded', 'session.ended'])[1 + e % 4],
				'user', 'usr_' || n, ` + person + `, 'usr_' || n, 'app-' || e % 7, 'ses_' || n, CASE WHEN e % 9 = 0 THEN 'failure' ELSE 'success' END,
				'', '203.0.113.7', CASE WHEN e % 1000 = 2 THEN 'curl/8' ELSE 'Mozilla/5.0 (X11)' END, '{}'
			FROM (SELECT e, e * 7919 % 59950 AS n FROM generate_series(0, ` + strconv.Itoa(happened) + `) AS e) AS s`,
		`INSERT INTO links SELECT 'l' || n, 'invite', ` + person + `, 'usr_' || n, 'user', 'usr_1', now(), now(), NULL, NULL` + from(people) + ` WHERE n % 40 = 11`,
		`INSERT INTO activations SELECT 'act_' || n, 'prc_' || n, 'usr_1', now(), '', CASE WHEN n % 20 = 0 THEN 'open' ELSE 'activated' END, '', '', NULL, '', 1` + from(999),
		`INSERT INTO support_cases SELECT 'cas_' || n, ` + person + `, 'usr_' || n, 'reset_mfa', '', CASE WHEN n % 500 = 0 THEN 'open' ELSE 'done' END, 'usr_1', ` + when + `, '[]',
				'', '', NULL, 0, '', NULL, '', NULL, '', NULL, 1` + from(people) + ` WHERE n % 20 = 0`,
	}
}

// vacuumed makes Postgres know the data, and that every row is visible to everybody, without which it may not read an index alone. A
// connection that anybody makes to the server in that moment, even to another database, puts that off.
func vacuumed(t testing.TB, db *sql.DB) {
	t.Helper()
	const hidden = "SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relallvisible < relpages"
	rig.Await(t, "all rows are visible to everybody", func(ctx context.Context) error {
		if _, err := db.ExecContext(ctx, "VACUUM ANALYZE"); err != nil {
			return err
		}
		var tables int
		err := db.QueryRowContext(ctx, hidden).Scan(&tables)
		if err == nil && tables > 0 {
			err = fmt.Errorf("%d tables have others", tables)
		}
		return err
	})
}

// large opens a Postgres with the large data set; heard gets every statement that the store then sends.
func large(t testing.TB, heard *statements) (*Store, *sql.DB) {
	t.Helper()
	url := testenv.Postgres(t)
	if _, err := Migrate(t.Context(), url); err != nil {
		t.Fatal(err)
	}
	config, _, err := postgresConfig(url, Limit)
	if err != nil {
		t.Fatal(err)
	}
	beside := stdlib.OpenDB(*config) // without the store's limits of time
	t.Cleanup(func() { _ = beside.Close() })
	for _, statement := range largeStatements() {
		if _, err := beside.ExecContext(t.Context(), statement); err != nil {
			t.Fatalf("%v: %s", err, statement)
		}
	}
	vacuumed(t, beside)
	if heard != nil {
		config.Tracer = heard
	}
	db := stdlib.OpenDB(*config)
	store, err := newStore(Postgres, pools{writer: db, reader: db}, placeSealer{}, noOutbox{}, Options{Limit: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	return store, beside
}

// statement is one that the store sent.
type statement struct {
	SQL  string
	Args []any
}

// statements keeps them.
type statements struct {
	mu   sync.Mutex
	list []statement
}

// TraceQueryStart implements pgx.QueryTracer.
func (s *statements) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.list = append(s.list, statement{data.SQL, data.Args})
	return ctx
}

// TraceQueryEnd implements pgx.QueryTracer.
func (s *statements) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

func (s *statements) take() []statement {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := s.list
	s.list = nil
	return list
}

// asked is a question of the pages.
type asked struct {
	name string
	ask  func(ctx context.Context, s *Store) error
}

// questions are all that directory.Records answers, as the pages and the API ask them.
func questions() []asked {
	now := largeNow()
	var list []asked
	add := func(name string, ask func(ctx context.Context, s *Store) error) {
		list = append(list, asked{name, ask})
	}
	users := func(name string, q directory.UserQuery, page Page) {
		add("users "+name, func(ctx context.Context, s *Store) error {
			_, _, err := s.SearchUsers(ctx, largePractice, q, page, now)
			return err
		})
	}
	users("first page", directory.UserQuery{}, Page{})
	users("page in the middle", directory.UserQuery{}, Page{After: string(largeUser)})
	users("by name", directory.UserQuery{Search: "last50"}, Page{})
	users("by one letter", directory.UserQuery{Search: "l"}, Page{})
	users("by two words", directory.UserQuery{Search: "first12 last9"}, Page{})
	users("by user name", directory.UserQuery{Search: "first12.last5"}, Page{})
	users("nobody", directory.UserQuery{Search: "zzz"}, Page{})
	for _, filter := range []directory.UserFilter{
		directory.FilterNotEnrolled, directory.FilterNoPasskey, directory.FilterLocked, directory.FilterNeverSigned, directory.FilterInvited, directory.FilterDisabled, directory.FilterManagers,
	} {
		users(string(filter), directory.UserQuery{Filter: filter}, Page{})
		users(string(filter)+" by name", directory.UserQuery{Filter: filter, Search: "last1"}, Page{})
	}
	browsed := func(name string, q directory.UserQuery, page directory.UserPage) {
		add("people "+name, func(ctx context.Context, s *Store) error {
			list, err := s.BrowseUsers(ctx, largePractice, q, page, now)
			if err == nil && len(list.People) == 0 {
				err = idp.ErrNotFound
			}
			return err
		})
	}
	middle, last := directory.UserPage{Page: Page{After: string(largeUser)}}, directory.UserPage{Back: true}
	back := directory.UserPage{Page: middle.Page, Back: true}
	for _, sort := range []directory.UserSort{
		directory.SortName, directory.SortUsername, directory.SortMFA, directory.SortRights, directory.SortLastSignin,
	} {
		browsed("by "+string(sort)+", back", directory.UserQuery{Sort: sort}, back)
		browsed("by "+string(sort)+", the last", directory.UserQuery{Sort: sort}, last)
		browsed("by "+string(sort)+", turned round", directory.UserQuery{Sort: sort.Reverse()}, middle)
		browsed("by "+string(sort)+", that are found", directory.UserQuery{Sort: sort, Search: "ast1 first"}, directory.UserPage{})
		browsed("by "+string(sort)+", without MFA", directory.UserQuery{Sort: sort, Filter: directory.FilterNotEnrolled}, middle)
	}
	var chosen []idp.UserID
	for n := range MaxBatch {
		chosen = append(chosen, idp.UserID(fmt.Sprintf("usr_%d", n*7)))
	}
	browsed("of a selection", directory.UserQuery{IDs: chosen}, directory.UserPage{Page: Page{Limit: MaxPage}})
	events := func(name string, q directory.EventQuery, page Page) {
		add("events "+name, func(ctx context.Context, s *Store) error {
			_, _, err := s.SearchEvents(ctx, largePractice, q, page)
			return err
		})
	}
	events("first page", directory.EventQuery{}, Page{})
	events("page in the middle", directory.EventQuery{}, Page{After: "evt_1000000010000"})
	events("of a person", directory.EventQuery{UserID: largeUser}, Page{})
	events("of a session", directory.EventQuery{SID: "ses_5000"}, Page{})
	events("of an app", directory.EventQuery{ClientID: "app-3"}, Page{})
	events("of a type", directory.EventQuery{Type: idp.EventMFAReset}, Page{})
	events("of types", directory.EventQuery{Type: "mfa."}, Page{})
	events("that failed", directory.EventQuery{Result: idp.ResultFailure}, Page{})
	events("of a day", directory.EventQuery{From: now.Add(-20 * 24 * time.Hour), Until: now.Add(-19 * 24 * time.Hour)}, Page{})
	activity := func(name string, q directory.EventQuery, page Page) {
		add("activity "+name, func(ctx context.Context, s *Store) error {
			_, _, err := s.SearchActivity(ctx, largePractice, q, page)
			return err
		})
		add("length of the activity "+name, func(ctx context.Context, s *Store) error {
			_, err := s.CountActivity(ctx, largePractice, q, page.After)
			return err
		})
	}
	activity("first page", directory.EventQuery{}, Page{})
	activity("page in the middle", directory.EventQuery{}, Page{After: "evt_1000000010000"})
	activity("of a person", directory.EventQuery{UserID: largeUser}, Page{})
	activity("of types", directory.EventQuery{Type: "signin."}, Page{})
	activity("that failed", directory.EventQuery{Result: idp.ResultFailure}, Page{})
	activity("of a day", directory.EventQuery{From: now.Add(-20 * 24 * time.Hour), Until: now.Add(-19 * 24 * time.Hour)}, Page{})
	add("steps of sign-ins", func(ctx context.Context, s *Store) error {
		_, err := s.ListSteps(ctx, largePractice, "", []idp.SID{"ses_5000", "ses_5001", "ses_5002"})
		return err
	})
	for _, typed := range []string{"last50", "l", "first12 last9", "nobody of this name"} {
		add("everywhere "+typed, func(ctx context.Context, s *Store) error {
			_, err := s.SearchEverywhere(ctx, typed, directory.MostFound+1)
			return err
		})
	}
	for _, count := range []directory.SessionQuery{
		{PracticeID: largePractice}, {PracticeID: largePractice, WithoutMFA: true}, {PracticeID: largePractice, Clients: []idp.ClientID{"app-1"}},
		{Clients: []idp.ClientID{"app-1"}}, {Clients: []idp.ClientID{"app-1"}, WithoutMFA: true},
	} {
		add(fmt.Sprintf("sessions counted %+v", count), func(ctx context.Context, s *Store) error {
			_, err := s.CountSessions(ctx, count, now)
			return err
		})
	}
	add("drawer account", func(ctx context.Context, s *Store) error { _, err := s.FindAccount(ctx, largeUser); return err })
	add("account by user name", func(ctx context.Context, s *Store) error {
		_, err := s.FindAccountByUsername(ctx, "first53.last5000@x.example")
		return err
	})
	add("drawer guards", func(ctx context.Context, s *Store) error {
		_, err := s.FindGuards(ctx, idp.User{ID: largeUser, Username: "first53.last5000@x.example"})
		return err
	})
	add("drawer invite", func(ctx context.Context, s *Store) error {
		_, err := s.FindInvite(ctx, largePractice, "usr_11")
		return err
	})
	add("drawer sessions", func(ctx context.Context, s *Store) error {
		_, _, err := s.ListSessions(ctx, largePractice, largeUser, Page{})
		return err
	})
	add("names", func(ctx context.Context, s *Store) error {
		_, err := s.ListNames(ctx, largePractice, []idp.UserID{"usr_1", "usr_2", "usr_3"})
		return err
	})
	add("mfa", func(ctx context.Context, s *Store) error {
		_, err := s.CountMFA(ctx, largePractice, []time.Time{time.Now().AddDate(0, 0, -7), time.Now()})
		return err
	})
	add("counts", func(ctx context.Context, s *Store) error { _, err := s.CountPractice(ctx, largePractice); return err })
	add("managers", func(ctx context.Context, s *Store) error {
		_, err := s.ListManagers(ctx, largePractice, idp.RoleUserManagement)
		return err
	})
	add("mailboxes", func(ctx context.Context, s *Store) error {
		_, err := s.ListMailboxes(ctx, largePractice, 10000)
		return err
	})
	add("automated", func(ctx context.Context, s *Store) error {
		_, err := s.ListAutomated(ctx, largePractice, now.Add(-30*24*time.Hour))
		return err
	})
	add("later refresh token", func(ctx context.Context, s *Store) error { _, err := s.IsPassedRefresh(ctx, "ses_5000", 1); return err })
	add("practices", func(ctx context.Context, s *Store) error {
		_, _, err := s.SearchPractices(ctx, directory.PracticeQuery{}, Page{})
		return err
	})
	add("practices by name", func(ctx context.Context, s *Store) error {
		_, _, err := s.SearchPractices(ctx, directory.PracticeQuery{Search: "practice99"}, Page{})
		return err
	})
	add("clients of a practice", func(ctx context.Context, s *Store) error {
		_, _, err := s.SearchClients(ctx, directory.ClientQuery{PracticeID: largePractice}, Page{})
		return err
	})
	add("clients by name", func(ctx context.Context, s *Store) error {
		_, _, err := s.SearchClients(ctx, directory.ClientQuery{Search: "app99"}, Page{})
		return err
	})
	add("activations", func(ctx context.Context, s *Store) error {
		_, _, err := s.ListActivations(ctx, idp.ActivationOpen, Page{})
		return err
	})
	add("last activation", func(ctx context.Context, s *Store) error { _, err := s.LastActivation(ctx, largePractice); return err })
	add("cases", func(ctx context.Context, s *Store) error {
		_, _, err := s.SearchCases(ctx, directory.CaseQuery{}, Page{})
		return err
	})
	add("cases of a person", func(ctx context.Context, s *Store) error {
		_, _, err := s.SearchCases(ctx, directory.CaseQuery{PracticeID: largePractice, UserID: largeUser}, Page{})
		return err
	})
	add("open cases", func(ctx context.Context, s *Store) error {
		_, _, err := s.SearchCases(ctx, directory.CaseQuery{States: []idp.CaseState{idp.CaseOpen, idp.CaseSubmitted}}, Page{})
		return err
	})
	add("nothing to repair", func(ctx context.Context, s *Store) error { _, err := s.Repair(ctx); return err })
	add("nothing to clean", func(ctx context.Context, s *Store) error {
		_, err := s.Clean(ctx, time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC))
		return err
	})
	return list
}
