package server_test

import (
	"context"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// walkers is how many people of a month sign in through the pages and refresh over HTTP, at most. What each of them leaves behind is
// copied for the others, row by row and key by key, so that a month of a thousand people takes minutes and its sizes are real.
const walkers = 20

// copied marks what is a copy: no identifier and no hash of ours ends like this.
const copied = `~`

// others is how many people are copies of each of the walkers.
func (m *month) others() int { return m.people/min(m.people, walkers) - 1 }

// multiply copies what the walkers' sign-ins since then left behind. What was spent before is gone by the morning.
func (m *month) multiply(since time.Time) {
	m.Helper()
	if m.others() == 0 {
		return
	}
	for _, statement := range []string{
		`INSERT INTO sessions SELECT (jsonb_populate_record(s, jsonb_build_object('id', s.id || '~' || n, 'sign_on', s.sign_on || '~' || n, 'browser_hash', s.browser_hash || '~' || n))).*
			FROM sessions s, generate_series(1, $1) n WHERE s.created_at >= $2 AND s.id NOT LIKE '%~%'`,
		`INSERT INTO refresh_tokens SELECT (jsonb_populate_record(r, jsonb_build_object('hash', r.hash || '~' || n, 'sid', r.sid || '~' || n))).*
			FROM refresh_tokens r, generate_series(1, $1) n WHERE r.created_at >= $2 AND r.hash NOT LIKE '%~%'`,
		`INSERT INTO events SELECT (jsonb_populate_record(e, jsonb_build_object('id', e.id || '~' || n))).*
			FROM events e, generate_series(1, $1) n WHERE e.at >= $2 AND e.id NOT LIKE '%~%'`,
		`INSERT INTO spent SELECT s.hash || '~' || n, s.expires_at FROM spent s, generate_series(1, $1) n WHERE s.hash NOT LIKE '%~%' AND $2::timestamptz IS NOT NULL`,
	} {
		_, err := m.d.Records().DB().ExecContext(m.Context(), statement, m.others(), since)
		m.must(err)
	}
	m.multiplyKeys()
}

// multiplyKeys copies the keys in Redis but what is one for an installation.
func (m *month) multiplyKeys() {
	m.Helper()
	ctx := m.Context()
	names, err := m.redis.Keys(ctx, "*").Result()
	m.must(err)
	for _, name := range names {
		if strings.HasPrefix(name, "apsid:mark:") || strings.Contains(name, copied) {
			continue
		}
		_, err := m.redis.Pipelined(ctx, func(p redis.Pipeliner) error {
			for n := range m.others() {
				p.Copy(ctx, name, name+copied+string(rune('a'+n/26))+string(rune('a'+n%26)), m.redis.Options().DB, false)
			}
			return nil
		})
		m.must(err)
	}
}

// rotate is one refresh of each of the others, with the rows that it leaves: the used token goes ten minutes later.
func (m *month) rotate() {
	m.Helper()
	if m.others() == 0 {
		return
	}
	ctx, now := context.WithoutCancel(m.Context()), m.clock.Now()
	_, err := m.d.Records().DB().ExecContext(ctx, `WITH used AS (UPDATE refresh_tokens SET used_at = $1 WHERE used_at IS NULL AND sid LIKE '%~%' RETURNING *)
		INSERT INTO refresh_tokens SELECT (jsonb_populate_record(NULL::refresh_tokens, to_jsonb(u) || jsonb_build_object('hash', md5(u.hash) || substr(u.hash, 33), 'created_at', $1::timestamptz, 'used_at', NULL,
			'generation', u.generation + 1))).* FROM used u`, now)
	m.must(err)
	_, err = m.d.Records().DB().ExecContext(ctx, `DELETE FROM refresh_tokens WHERE used_at < $1 AND sid LIKE '%~%'`, now.Add(-10*time.Minute))
	m.must(err)
}
