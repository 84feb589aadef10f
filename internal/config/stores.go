package config

import (
	"net/url"
	"path/filepath"
	"strings"
)

// Embedded is the value of --redis-url that keeps what Redis would hold in this process.
const Embedded = "embedded"

// Stores is where facts live and how they are sealed.
type Stores struct {
	StateDir    string `default:".state" type:"path" help:"Folder for what is kept in files: the SQLite database and the seal keys, unless they are elsewhere."`
	DatabaseURL Secret `help:"postgres://… or sqlite:PATH. Default: apsid.db in the state folder."`
	RedisURL    Secret `help:"redis://, rediss://, redis+sentinel:// or redis+cluster://, or embedded for a single node. Default: embedded."`
	SealKeys    string `type:"path" help:"File with the keys that seal secrets at rest. Default with SQLite: seal-keys.json in the state folder, made at the first start."`
	SealKey     Secret `help:"The same keys as text, instead of a file; better given by the environment variable."`

	// MakeSealKeys says that the file is made if it is not there: only where nobody else can have sealed anything yet.
	MakeSealKeys bool `kong:"-"`
}

// CompleteStores is Server.Complete for commands that need the stores and serve nobody.
func (s *Stores) CompleteStores() error {
	if s.RedisURL.IsZero() {
		s.RedisURL = NewSecret(Embedded)
	}
	return firstOf(s.CompleteDatabase(), checkRedisURL(s.RedisURL), s.completeSealing())
}

// CompleteDatabase is Server.Complete for commands that need the database and nothing else.
func (s *Stores) CompleteDatabase() error {
	if s.DatabaseURL.IsZero() {
		s.DatabaseURL = NewSecret("sqlite:" + filepath.Join(s.StateDir, "apsid.db"))
	}
	return checkDatabaseURL(s.DatabaseURL)
}

func (s *Stores) completeSealing() error {
	switch {
	case !s.SealKey.IsZero() && s.SealKeys != "":
		return problem("seal-key", "", "and --seal-keys are both given: give one")
	case !s.SealKey.IsZero() || s.SealKeys != "":
		return nil
	case s.OnSQLite():
		s.SealKeys, s.MakeSealKeys = s.DefaultSealKeys(), true
		return nil
	default:
		return problem("seal-keys", "", "is missing: with a Postgres database every node needs the same keys, from a file or APSID_SEAL_KEY")
	}
}

// DefaultSealKeys is the file in the state folder.
func (s Stores) DefaultSealKeys() string { return filepath.Join(s.StateDir, "seal-keys.json") }

// OnSQLite reports whether the database is a file of this machine.
func (s Stores) OnSQLite() bool { return strings.HasPrefix(s.DatabaseURL.Reveal(), "sqlite:") }

func checkDatabaseURL(s Secret) error {
	const key, allowed = "database-url", "must be postgres://user@host/database or sqlite:PATH"
	if path, ok := strings.CutPrefix(s.Reveal(), "sqlite:"); ok {
		if path == "" {
			return problem(key, "sqlite:", "the path is missing: %s", allowed)
		}
		return nil
	}
	u, err := url.Parse(s.Reveal())
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" {
		return problem(key, "", allowed)
	}
	return nil
}

func checkRedisURL(s Secret) error {
	const key = "redis-url"
	if s.Reveal() == Embedded {
		return nil
	}
	u, err := url.Parse(s.Reveal())
	if err != nil {
		return problem(key, "", "is not a URL")
	}
	switch u.Scheme {
	case "redis", "rediss", "redis+sentinel", "rediss+sentinel", "redis+cluster", "rediss+cluster":
		return nil
	default:
		return problem(key, "", "must begin with redis://, rediss://, redis+sentinel:// or redis+cluster://, or be embedded")
	}
}
