package main

import (
	"context"
	"errors"
	"fmt"
)

// grow copies people with what belongs to them until there are so many. What is copied was written by the node itself, whatever its
// version: only the names are known here. Triggers and references are not looked at, as when a
// copy is restored: no node seals the copied events meanwhile, and a million people take minutes.
func (s *stores) grow(ctx context.Context, people int) error {
	var there int
	err := s.sql.QueryRow(ctx, "SELECT count(*) FROM users").Scan(&there)
	if err != nil || there >= people {
		return err
	}
	if _, err := s.sql.Exec(ctx, "SET session_replication_role = replica"); err != nil {
		return err
	}
	for _, statement := range []string{
		copying("users", "username LIKE 'worker0@%'", `'id', 'usr_copy' || n, 'username', 'copy' || n || '@bench.example', 'folded_of', (one.t).name || ' <copy' || n || '@bench.example>'`),
		copying("sessions", "ended_at IS NULL", `'id', 'ses_copy' || n, 'sign_on', 'ses_copy' || n, 'browser_hash', 'copy' || n, 'user_id', 'usr_copy' || n`),
		copying("refresh_tokens", "used_at IS NULL", `'hash', 'copy' || n, 'sid', 'ses_copy' || n, 'user_id', 'usr_copy' || n`),
		copying("events", "type = 'signin.succeeded'", `'id', 'evt_0000copy' || lpad(n::text, 9, '0'), 'at', now() - interval '7 days', 'user_id', 'usr_copy' || n, 'sid', 'ses_copy' || n`),
	} {
		tag, err := s.sql.Exec(ctx, statement, there, people)
		if err == nil && tag.RowsAffected() != int64(people-there) {
			err = fmt.Errorf("%d of %d were copied", tag.RowsAffected(), people-there)
		}
		if err != nil {
			return fmt.Errorf("%w: %s", err, statement)
		}
	}
	for _, statement := range []string{"RESET session_replication_role", "VACUUM ANALYZE", "CHECKPOINT"} {
		if _, err := s.sql.Exec(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

// copying is a statement that copies one row of a table which fulfils a condition, once for each n, with other values in some columns.
func copying(table, condition, other string) string {
	return fmt.Sprintf(`INSERT INTO %[1]s SELECT copied.* FROM (SELECT t FROM %[1]s t WHERE %[2]s LIMIT 1) AS one,
		generate_series($1::int + 1, $2::int) AS n, LATERAL jsonb_populate_record(one.t, jsonb_build_object(%[3]s)) AS copied`, table, condition, other)
}

// sizes are those of the database and of what Redis holds, in MiB.
func (s *stores) sizes(ctx context.Context) (postgres, redis float64, err error) {
	err = s.sql.QueryRow(ctx, "SELECT pg_database_size(current_database()) / 1048576.0::float8").Scan(&postgres)
	info, failed := s.redis.InfoMap(ctx, "memory").Result()
	if err = errors.Join(err, failed); err != nil {
		return 0, 0, err
	}
	_, err = fmt.Sscan(info["Memory"]["used_memory"], &redis)
	return postgres, redis / (1 << 20), err
}
