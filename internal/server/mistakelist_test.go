package server_test

import (
	"errors"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"

	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/server"
	"github.com/apscloud/apsid/internal/store/storetest"
	"github.com/apscloud/apsid/internal/testenv"
)

func mistakes() []mistake {
	all := append(settingMistakes(), databaseMistakes()...)
	return append(append(append(all, redisMistakes()...), providerMistakes()...), certificateMistakes()...)
}

func settingMistakes() []mistake {
	return []mistake{
		{"a mistyped variable", "environment", "FAIL unknown environment variable: APSID_DATABSE_URL", "correct the name",
			func(_ *testing.T, _ *sound, _ *config.Server, a *server.Asked) {
				a.Environment = errors.New("unknown environment variable: APSID_DATABSE_URL (did you mean APSID_DATABASE_URL?)")
			}, ""},
		{"a limit that there is not", "limits", "FAIL --limit: ", "--limit",
			given(func(c *config.Server) { c.Limits.Limit = map[string]string{"signins": "9/1h"} }), ""},
		{"a limit that nothing reaches", "limits", "note signins-by-network is 100000/1h", "--limit",
			given(func(c *config.Server) { c.Limits.Limit = map[string]string{"signins-by-network": "100000/1h"} }), ""},
		{"everything is logged", "logs", "note the level is debug", "APSID_LOG_LEVEL", given(func(c *config.Server) { c.Log.Level = "debug" }), ""},
		{"nobody to ask", "support contact", "note people who are stuck", "APSID_SUPPORT_PHONE", given(func(c *config.Server) { c.Support.Phone = "" }), ""},
		{"a list that is not sorted", "breached passwords", "FAIL the list of breached passwords is not sorted", "APSID_BREACHED_PASSWORDS",
			func(t *testing.T, _ *sound, c *config.Server, _ *server.Asked) {
				c.BreachedPasswords = written(t, strings.Repeat("B", 40)+"\n"+strings.Repeat("A", 40)+"\n", 0o600)
			}, ""},
		{"the state folder is a file", "state folder", "FAIL ", "APSID_STATE_DIR",
			func(t *testing.T, _ *sound, c *config.Server, _ *server.Asked) {
				c.Stores.DatabaseURL = config.NewSecret("sqlite:" + filepath.Join(written(t, "", 0o600), "apsid.db"))
			}, noDatabase + ",database"},
		{"a database that everybody reads", "state folder", "FAIL ", "chmod 600",
			func(t *testing.T, _ *sound, c *config.Server, _ *server.Asked) {
				address := storetest.SQLite(t)
				c.Stores.DatabaseURL = config.NewSecret(address)
				if err := syscall.Chmod(strings.TrimPrefix(address, "sqlite:"), 0o644); err != nil {
					t.Fatal(err)
				}
			}, ""},
		{"few files", "open files", "note a node may open 1000 files", "LimitNOFILE",
			func(t *testing.T, _ *sound, _ *config.Server, _ *server.Asked) {
				var was syscall.Rlimit
				if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &was); err != nil {
					t.Fatal(err)
				}
				few := was
				few.Cur = 1000
				if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &few); err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = syscall.Setrlimit(syscall.RLIMIT_NOFILE, &was) })
			}, ""},
		{"no seal keys", "seal keys", "FAIL there are none: ", "APSID_SEAL_KEYS",
			given(func(c *config.Server) { c.Stores.SealKeys = "/nowhere/keys.json" }), "signing keys,apps without PKCE,apps and FAPI 2.0,public address"},
		{"the file of the seal keys is lost", "seal keys", "FAIL there are none (", "bring the file back",
			func(t *testing.T, _ *sound, c *config.Server, _ *server.Asked) {
				folder := t.TempDir()
				c.Stores.StateDir, c.Stores.SealKeys = folder, ""
				c.Stores.DatabaseURL = config.NewSecret(storetest.SQLiteAt(t, filepath.Join(folder, "apsid.db")))
				other := *c
				other.HTTP.Issuer, other.HTTP.TrustedProxies = "http://127.0.0.1:1", nil
				runOnce(t, other)
				if err := syscall.Unlink(filepath.Join(folder, "seal-keys.json")); err != nil {
					t.Fatal(err)
				}
			}, "signing keys,apps without PKCE,apps and FAPI 2.0,public address,stored issuer"},
		{"no keyset", "seal keys", "FAIL ", "APSID_SEAL_KEY",
			func(t *testing.T, _ *sound, c *config.Server, _ *server.Asked) {
				c.Stores.SealKeys = written(t, "{}", 0o600)
			},
			"signing keys,apps without PKCE,apps and FAPI 2.0,public address"},
		{"seal keys that everybody reads", "seal keys", "FAIL ", "chmod 600",
			func(t *testing.T, s *sound, c *config.Server, _ *server.Asked) {
				c.Stores.SealKeys = written(t, contentOf(t, s.given.Stores.SealKeys), 0o644)
			}, ""},
		{"seal keys that a group reads", "seal keys", "note ", "chmod 600",
			func(t *testing.T, s *sound, c *config.Server, _ *server.Asked) {
				c.Stores.SealKeys = written(t, contentOf(t, s.given.Stores.SealKeys), 0o640)
			}, ""},
		{"other seal keys", "signing keys", "FAIL the signing keys cannot be opened", "APSID_SEAL_KEYS",
			func(t *testing.T, _ *sound, c *config.Server, _ *server.Asked) {
				c.Stores.SealKeys = filepath.Join(t.TempDir(), "other.json")
				makeKeys(t, c.Stores.SealKeys)
			}, "public address,apps without PKCE,apps and FAPI 2.0"},
		{"http", "issuer", "note the issuer is http", "APSID_ISSUER", given(func(c *config.Server) { c.HTTP.Issuer = "http://127.0.0.1:1" }),
			"stored issuer,public address"},
		{"half of the Internet is a proxy", "trusted proxies", "FAIL 128.0.0.0/1 holds far more than proxies", "APSID_TRUSTED_PROXIES",
			given(func(c *config.Server) { c.HTTP.TrustedProxies = []string{"127.0.0.1", "128.0.0.0/1"} }), ""},
		{"all of IPv6 is a proxy", "trusted proxies", "FAIL 2000::/3 holds far more than proxies", "APSID_TRUSTED_PROXIES",
			given(func(c *config.Server) { c.HTTP.TrustedProxies = []string{"127.0.0.1", "2000::/3"} }), ""},
		{"the port is taken", "listening address", "FAIL something else than this node listens", "APSID_LISTEN",
			func(t *testing.T, _ *sound, c *config.Server, _ *server.Asked) { c.HTTP.Listen = occupied(t) }, ""},
		{"the port is taken, and the keys are none", "listening address", "note something listens at", "mend the seal keys first",
			func(t *testing.T, _ *sound, c *config.Server, _ *server.Asked) {
				c.HTTP.Listen, c.Stores.SealKeys = occupied(t), "/nowhere/keys.json"
			}, "seal keys,signing keys,apps without PKCE,apps and FAPI 2.0,public address"},
		{"an address of another machine", "listening address", "FAIL this machine cannot listen there", "APSID_LISTEN",
			given(func(c *config.Server) { c.HTTP.Listen = "192.0.2.1:8080" }), ""},
		{"no proxy reaches it", "listening address", "note 127.0.0.1:0 is reached from this machine only", "APSID_LISTEN",
			given(func(c *config.Server) { c.HTTP.TrustedProxies = []string{"10.0.0.0/8"} }), "public address"},
		{"the port of the metrics is taken", "metrics address", "FAIL something else than this node listens", "APSID_METRICS_LISTEN",
			func(t *testing.T, _ *sound, c *config.Server, _ *server.Asked) { c.HTTP.MetricsListen = occupied(t) }, ""},
		{"metrics at another machine's address", "metrics address", "FAIL this machine cannot listen there", "APSID_METRICS_LISTEN",
			given(func(c *config.Server) { c.HTTP.MetricsListen = "192.0.2.1:9090" }), ""},
		{"metrics at the address of the pages", "metrics address", "FAIL it is the address of --listen", "APSID_METRICS_LISTEN",
			func(_ *testing.T, _ *sound, c *config.Server, _ *server.Asked) {
				c.HTTP.Listen, c.HTTP.MetricsListen = "127.0.0.1:18999", "127.0.0.1:18999"
			}, ""},
	}
}

func databaseMistakes() []mistake {
	return []mistake{
		{"nobody is there", "database", "FAIL failed to connect", "APSID_DATABASE_URL",
			given(func(c *config.Server) {
				c.Stores.DatabaseURL = config.NewSecret("postgres://u:s3cret@127.0.0.1:1/apsid")
			}), noDatabase},
		{"a role that there is not", "database", "FAIL it lets this user not in", "correct user and password",
			func(t *testing.T, s *sound, c *config.Server, _ *server.Asked) {
				c.Stores.DatabaseURL = config.NewSecret(asRole(t, s.owner, "apsid_nobody"))
			}, noDatabase},
		{"a database that there is not", "database", "FAIL it has no such database", "correct the name",
			func(t *testing.T, s *sound, c *config.Server, _ *server.Asked) {
				c.Stores.DatabaseURL = config.NewSecret(strings.Replace(s.given.Stores.DatabaseURL.Reveal(), nameOf(t, s.owner), "apsid_none", 1))
			}, noDatabase},
		{"a server without TLS", "database", "FAIL no encrypted connection", "sslmode",
			func(t *testing.T, s *sound, c *config.Server, _ *server.Asked) {
				c.Stores.DatabaseURL = config.NewSecret(withQuery(t, s.given.Stores.DatabaseURL.Reveal(), "sslmode", "require"))
			}, noDatabase},
		{"a role that has its connections", "database", "FAIL it takes no more connections", "pool_max_conns",
			func(t *testing.T, s *sound, c *config.Server, _ *server.Asked) {
				c.Stores.DatabaseURL = config.NewSecret(asRole(t, s.owner, newRole(t, s, "CONNECTION LIMIT 0")))
			}, noDatabase},
		{"a read replica", "database server", "FAIL it is a read replica", "name the primary", readReplica,
			"database role,database connections,schema,signing keys,apps without PKCE,apps and FAPI 2.0,user names,stored issuer,audit trail,clocks"},
		{"read-only by a setting", "database server", "FAIL transactions are read-only", "default_transaction_read_only",
			func(t *testing.T, s *sound, c *config.Server, _ *server.Asked) {
				role := newRole(t, s, "")
				s.sql(t, "ALTER ROLE "+role+" SET default_transaction_read_only = on; GRANT apsid_test_serve TO "+role, "SELECT 1")
				c.Stores.DatabaseURL = config.NewSecret(withQuery(t, asRole(t, s.owner, role), "pool_max_conns", "4"))
			}, "audit trail,stored issuer,signing keys,user names,apps without PKCE,apps and FAPI 2.0"},
		{"another encoding", "database server", "FAIL its encoding is SQL_ASCII", "ENCODING 'UTF8'",
			func(t *testing.T, s *sound, c *config.Server, _ *server.Asked) {
				name := "apsid_ascii_" + strings.ToLower(idp.NewID(""))
				s.sql(t, "CREATE DATABASE "+name+" ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0", "DROP DATABASE "+name+" WITH (FORCE)")
				c.Stores.DatabaseURL = config.NewSecret(withQuery(t, testenv.AsOwner(t, name), "pool_max_conns", "4"))
			}, "database role,schema,audit trail,stored issuer,signing keys,user names,apps without PKCE,apps and FAPI 2.0"},
		{"a right is missing", "database role", "FAIL the role apsid_test_serve lacks DELETE on sessions", "--grant-to",
			inDatabase("REVOKE DELETE ON sessions FROM apsid_test_serve", "GRANT DELETE ON sessions TO apsid_test_serve"), ""},
		{"many rights are missing", "database role", "FAIL the role apsid_test_serve lacks DELETE on users, INSERT on users", "--grant-to",
			inDatabase("REVOKE ALL ON users FROM apsid_test_serve", "GRANT SELECT, INSERT, UPDATE, DELETE ON users TO apsid_test_serve"),
			"schema,audit trail,stored issuer,signing keys,user names,apps without PKCE,apps and FAPI 2.0"},
		{"a superuser", "database role", "note the role postgres may do more than a node needs: it is a superuser", "--grant-to",
			func(t *testing.T, s *sound, c *config.Server, _ *server.Asked) {
				c.Stores.DatabaseURL = config.NewSecret(withQuery(t, s.owner, "pool_max_conns", "4"))
			}, ""},
		{"the owner of the tables", "database role", "note the role ", "--grant-to",
			func(t *testing.T, s *sound, c *config.Server, _ *server.Asked) {
				role := newRole(t, s, "")
				s.sql(t, "GRANT postgres TO "+role, "SELECT 1")
				c.Stores.DatabaseURL = config.NewSecret(withQuery(t, asRole(t, s.owner, role), "pool_max_conns", "4"))
			}, ""},
		{"a role that may switch off triggers", "database role", "note the role may switch off all triggers", "REVOKE SET",
			func(t *testing.T, s *sound, c *config.Server, _ *server.Asked) {
				role := newRole(t, s, "")
				s.sql(t, "GRANT SET ON PARAMETER session_replication_role TO "+role+"; GRANT apsid_test_serve TO "+role,
					"REVOKE SET ON PARAMETER session_replication_role FROM "+role)
				c.Stores.DatabaseURL = config.NewSecret(withQuery(t, asRole(t, s.owner, role), "pool_max_conns", "4"))
			}, ""},
		{"a pool that is too large", "database connections", "FAIL one node opens up to 100000", "pool_max_conns",
			func(t *testing.T, s *sound, c *config.Server, _ *server.Asked) {
				c.Stores.DatabaseURL = config.NewSecret(withQuery(t, s.given.Stores.DatabaseURL.Reveal(), "pool_max_conns", "100000"))
			}, ""},
		{"a pool that is larger than what is left", "database connections", "note one node opens up to 7 connections, and of 7 only", "pool_max_conns", crowdedRole, ""},
		{"no tables", "schema", "FAIL the database has no tables yet", `"apsid migrate up"`,
			func(t *testing.T, _ *sound, c *config.Server, _ *server.Asked) {
				c.Stores.DatabaseURL = config.NewSecret(withQuery(t, testenv.Postgres(t), "pool_max_conns", "4"))
			}, "database role,audit trail,stored issuer,signing keys,user names,apps without PKCE,apps and FAPI 2.0"},
		{"a schema that is behind", "schema", "FAIL 1 steps are missing", `"apsid migrate up"`,
			inDatabase("UPDATE schema_versions SET is_applied = false WHERE version_id = 11", "UPDATE schema_versions SET is_applied = true WHERE version_id = 11"),
			"audit trail,stored issuer,signing keys,user names,apps without PKCE,apps and FAPI 2.0"},
		{"a schema that is ahead", "schema", "note a newer version has changed the schema", "update this node too",
			inDatabase("INSERT INTO schema_versions (version_id, is_applied) VALUES (99, true)", "DELETE FROM schema_versions WHERE version_id = 99"), ""},
		{"events that may be changed", "audit trail", "FAIL the trigger that keeps events", "ENABLE TRIGGER",
			inDatabase("ALTER TABLE events DISABLE TRIGGER events_stay", "ALTER TABLE events ENABLE TRIGGER events_stay"), ""},
		{"another issuer", "stored issuer", "FAIL the database belongs to the issuer https://id.example.com", "APSID_ISSUER",
			inDatabase("INSERT INTO installation VALUES ('issuer', 'https://id.example.com', now()) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
				"DELETE FROM installation WHERE name = 'issuer'"), ""},
		{"signing keys that are over", "signing keys", "note no ES256 key signs today", "a node makes one",
			inDatabase("UPDATE signing_keys SET sign_until = sign_until - interval '10 years', verify_until = verify_until - interval '10 years' WHERE alg = 'ES256'",
				"UPDATE signing_keys SET sign_until = sign_until + interval '10 years', verify_until = verify_until + interval '10 years' WHERE alg = 'ES256'"), ""},
		{"a clock that is wrong", "clocks", "FAIL the clock of ", "chrony", ahead(40 * time.Second), ""},
		{"a clock that drifts", "clocks", "note the clock of ", "chrony", ahead(-10 * time.Second), ""},
	}
}

func asRole(t *testing.T, address, role string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword(role, "s3cret")
	return u.String()
}

// newRole is a role of the test's own.
func newRole(t *testing.T, s *sound, options string) string {
	t.Helper()
	role := "apsid_" + strings.ToLower(strings.ReplaceAll(idp.NewID(""), "-", "_"))
	s.sql(t, "CREATE ROLE "+role+" LOGIN PASSWORD 's3cret' "+options, "DROP OWNED BY "+role+"; DROP ROLE "+role)
	return role
}

// readReplica is a hot standby.
func readReplica(t *testing.T, _ *sound, c *config.Server, _ *server.Asked) {
	standby := testenv.NewCluster(t).NewStandby(t)
	c.Stores.DatabaseURL = config.NewSecret(withQuery(t, standby.URL(), "pool_max_conns", "4"))
}

// crowdedRole is one of whose few connections some are open.
func crowdedRole(t *testing.T, s *sound, c *config.Server, _ *server.Asked) {
	role := newRole(t, s, "CONNECTION LIMIT 7")
	s.sql(t, "GRANT apsid_test_serve TO "+role, "SELECT 1")
	address := asRole(t, s.owner, role)
	conn, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(t.Context()) })
	c.Stores.DatabaseURL = config.NewSecret(withQuery(t, address, "pool_max_conns", "7"))
}

func redisMistakes() []mistake {
	const others = "redis server,redis memory,redis user"
	return []mistake{
		{"nobody is there", "redis", "FAIL dial tcp", "APSID_REDIS_URL", given(func(c *config.Server) { c.Stores.RedisURL = config.NewSecret("redis://127.0.0.1:1") }), others},
		{"a wrong password", "redis", "FAIL it lets this user not in", "correct user and password",
			func(t *testing.T, _ *sound, c *config.Server, _ *server.Asked) {
				c.Stores.RedisURL = config.NewSecret(strings.Replace(testenv.RedisServer(t), "redis://", "redis://apsid:s3cret@", 1))
			}, others},
		{"a certificate of nobody", "redis", "FAIL no encrypted connection", "a certificate for its name",
			func(t *testing.T, s *sound, c *config.Server, _ *server.Asked) {
				c.Stores.RedisURL = config.NewSecret(strings.Replace(s.given.HTTP.Issuer, "https://", "rediss://", 1))
			}, others},
		{"no Sentinel", "redis", "FAIL Sentinel does not lead to a master", "master_name=",
			func(t *testing.T, s *sound, c *config.Server, _ *server.Asked) {
				c.Stores.RedisURL = config.NewSecret(strings.Replace(s.redis, "redis://", "redis+sentinel://", 1) + "?master_name=apsid")
			}, others},
		{"no cluster", "redis", "FAIL it is no cluster that works", "redis+cluster://",
			func(t *testing.T, s *sound, c *config.Server, _ *server.Asked) {
				c.Stores.RedisURL = config.NewSecret(strings.Replace(s.redis, "redis://", "redis+cluster://", 1))
			}, others},
		{"a user that may say nothing", "redis", "FAIL the user may not even say PING", "ACL SETUSER", redisUser("-@all"), others},
		{"each node has a Redis of its own", "redis", "FAIL Redis is inside this process", "APSID_REDIS_URL",
			given(func(c *config.Server) { c.Stores.RedisURL = config.NewSecret(config.Embedded) }), ""},
		{"a replica", "redis server", "FAIL it is a replica", "name the master", redisWith("--replicaof", "127.0.0.1", "1"), ""},
		{"a node of a cluster", "redis server", "FAIL it is a node of a cluster", "redis+cluster://",
			func(t *testing.T, _ *sound, c *config.Server, _ *server.Asked) {
				address := testenv.RedisServer(t, "--cluster-enabled", "yes")
				node := redisClient(t, address)
				if err := node.ClusterAddSlotsRange(t.Context(), 0, 16383).Err(); err != nil {
					t.Fatal(err)
				}
				for info := ""; !strings.Contains(info, "cluster_state:ok"); time.Sleep(20 * time.Millisecond) {
					info = node.ClusterInfo(t.Context()).Val()
				}
				c.Stores.RedisURL = config.NewSecret(address)
			}, ""},
		{"keys of others", "redis server", "note other programs have keys", "a Redis of its own",
			func(t *testing.T, _ *sound, c *config.Server, _ *server.Asked) {
				address := testenv.Redis(t)
				if err := redisClient(t, address).Set(t.Context(), "rota:1", 1, 0).Err(); err != nil {
					t.Fatal(err)
				}
				c.Stores.RedisURL = config.NewSecret(address)
			}, ""},
		{"it deletes", "redis memory", "FAIL its maxmemory-policy is allkeys-lru", "noeviction", redisWith("--maxmemory", "64mb", "--maxmemory-policy", "allkeys-lru"), ""},
		{"it will delete", "redis memory", "FAIL its maxmemory-policy is volatile-lru", "noeviction", redisWith("--maxmemory-policy", "volatile-lru"), ""},
		{"it does not say", "redis memory", "note it does not say", "noeviction", redisWith("--rename-command", "INFO", ""), ""},
		{"it is nearly full", "redis memory", "note 9", "raise maxmemory",
			func(t *testing.T, _ *sound, c *config.Server, _ *server.Asked) {
				address := testenv.RedisServer(t)
				admin := redisClient(t, address)
				for range 20 {
					if err := admin.Append(t.Context(), "apsid:x", strings.Repeat("x", 1<<20)).Err(); err != nil {
						t.Fatal(err)
					}
				}
				info := admin.InfoMap(t.Context(), "memory").Val()["Memory"]
				used, err := strconv.Atoi(info["used_memory"])
				if err != nil {
					t.Fatal(err, info)
				}
				if err := admin.ConfigSet(t.Context(), "maxmemory", strconv.Itoa(used*105/100)).Err(); err != nil {
					t.Fatal(err)
				}
				c.Stores.RedisURL = config.NewSecret(address)
			}, ""},
		{"a user that may not publish", "redis user", "FAIL the user may not PUBLISH (channel apsid:news)", "ACL SETUSER", redisUser("~*", "+@all", "-publish"), ""},
		{"a user without these keys", "redis user", "FAIL the user may not EVAL", "ACL SETUSER", redisUser("~rota:*", "+@all"), ""},
		{"a user without scripts", "redis user", "FAIL the user may not EVAL", "ACL SETUSER", redisUser("~*", "+@all", "-@scripting"), ""},
	}
}

func redisClient(t *testing.T, address string) *redis.Client {
	t.Helper()
	options, err := redis.ParseURL(address)
	if err != nil {
		t.Fatal(err)
	}
	c := redis.NewClient(options)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// redisUser is a user of a Redis, with these rules and the channels of the program.
func redisUser(rules ...string) func(*testing.T, *sound, *config.Server, *server.Asked) {
	return func(t *testing.T, _ *sound, c *config.Server, _ *server.Asked) {
		address := testenv.RedisServer(t)
		words := []any{"ACL", "SETUSER", "apsid", "reset", "on", ">s3cret", "&*"}
		for _, rule := range rules {
			words = append(words, rule)
		}
		if err := redisClient(t, address).Do(t.Context(), words...).Err(); err != nil {
			t.Fatal(err)
		}
		c.Stores.RedisURL = config.NewSecret(strings.Replace(address, "redis://", "redis://apsid:s3cret@", 1))
	}
}
