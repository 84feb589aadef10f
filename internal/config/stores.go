package config

import (
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/apscloud/apsid/internal/idp"
)

// Embedded is the value of --redis-url that keeps what Redis would hold in this process.
const Embedded = "embedded"

// Database says where the database is.
type Database struct {
	StateDir    string `default:".state" type:"path" help:"Folder for what is kept in files: the SQLite database and the seal keys, unless they are elsewhere."`
	DatabaseURL Secret `help:"postgres://… or sqlite:PATH. Default: apsid.db in the state folder."`
}

// Sealed says where the database is, and which keys seal the secrets in it.
type Sealed struct {
	Database `embed:""`
	SealKeys string   `type:"path" help:"File with the keys that seal secrets at rest. Default with SQLite: seal-keys.json in the state folder, made at the first start."`
	SealKey  Secret   `help:"The same keys as text, instead of a file; better given by the environment variable."`
	SealKEK  []string `name:"seal-kek" placeholder:"KEY" help:"Key-encryption key of the seal keys, which are stored encrypted then: file:PATH or env:NAME with the base64 of 32 random bytes, or aws-kms://ARN. Several, separated by commas, while another takes its place: the first encrypts, all of them open."`
	// MakeSealKeys says that the file is made if it is not there: only where no other node can have sealed anything yet.
	MakeSealKeys bool `kong:"-"`
}

// Stores says where a node stores its data, and which keys seal the secrets in it.
type Stores struct {
	Sealed   `embed:""`
	RedisURL Secret `help:"redis://, rediss://, redis+sentinel:// or redis+cluster://, or embedded for a single node. Default: embedded."`
}

// SQL is a database whose address was checked.
type SQL struct {
	url   idp.Secret
	state string
}

// Vault is a database and the keys of its secrets, checked.
type Vault struct {
	SQL
	keys idp.Secret
	keks []string
	file string
	make string // the folder to make keys in; "": none are made
}

// Places says where everything is that a node stores, checked.
type Places struct {
	Vault
	redis idp.Secret
}

// Complete fills in what follows from other values, and checks the result. Its errors are of type *Problem.
func (d Database) Complete() (SQL, error) {
	if d.DatabaseURL.IsZero() {
		d.DatabaseURL = NewSecret("sqlite:" + filepath.Join(d.StateDir, "apsid.db"))
	}
	return SQL{url: d.DatabaseURL.Secret, state: d.StateDir}, checkDatabaseURL(d.DatabaseURL)
}

// Complete does the same for a database with its keys.
func (s Sealed) Complete() (Vault, error) {
	database, err := s.Database.Complete()
	if err != nil {
		return Vault{}, err
	}
	if err := s.CheckKEKs(); err != nil {
		return Vault{}, err
	}
	v := Vault{SQL: database, keys: s.SealKey.Secret, keks: s.SealKEK, file: s.SealKeys}
	_, single := database.File()
	switch {
	case !v.keys.IsZero() && v.file != "":
		return Vault{}, problem("seal-key", "", "and --seal-keys are both given: give one")
	case !v.keys.IsZero():
		return v, nil
	case v.file == "" && !single && !s.MakeSealKeys:
		return Vault{}, problem("seal-keys", "", "is missing: with a Postgres database every node needs the same keys, from a file or APSID_SEAL_KEY")
	case v.file == "":
		v.file, v.make = filepath.Join(s.StateDir, "seal-keys.json"), s.StateDir
	case s.MakeSealKeys:
		v.make = s.StateDir
	}
	return v, nil
}

// CheckKEKs checks the names of the key-encryption keys, for a command that needs nothing else. Its errors are of type *Problem.
func (s Sealed) CheckKEKs() error {
	const key = "seal-kek"
	for _, name := range s.SealKEK {
		variable, isVariable := strings.CutPrefix(name, "env:")
		switch {
		case isVariable && strings.HasPrefix(variable, EnvPrefix+"_"):
			return problem(key, name, "a name that begins with %s_ is that of a flag: give the variable another", EnvPrefix)
		case isVariable, strings.HasPrefix(name, "file:"), strings.HasPrefix(name, "aws-kms://"):
		default: // it may be the key itself
			return problem(key, "", "must be file:PATH, env:NAME or aws-kms://ARN: the name of a key, and not the key")
		}
	}
	return nil
}

// Complete does the same for all stores.
func (s Stores) Complete() (Places, error) {
	if s.RedisURL.IsZero() {
		s.RedisURL = NewSecret(Embedded)
	}
	vault, err := s.Sealed.Complete()
	if err != nil {
		return Places{}, err
	}
	return Places{Vault: vault, redis: s.RedisURL.Secret}, checkRedisURL(s.RedisURL)
}

// Format implements fmt.Formatter, also for what holds a database: no verb shows the credentials in it.
func (SQL) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[stores]") }

// DatabaseURL is postgres://… or sqlite:PATH.
func (d SQL) DatabaseURL() string { return d.url.Reveal() }

// File returns the file that is the database, if it is one of this machine.
func (d SQL) File() (path string, found bool) { return strings.CutPrefix(d.url.Reveal(), "sqlite:") }

// StateDir is the folder of what this machine keeps beside the database; "" for none.
func (d SQL) StateDir() string { return d.state }

// SealKeys are the keys as they were given; zero if they are in a file.
func (v Vault) SealKeys() idp.Secret { return v.keys }

// SealKEKs are the names of the key-encryption keys of the keys: the first encrypts, all of them open. Empty: they are in the clear.
func (v Vault) SealKEKs() []string { return v.keks }

// SealFile is the file with the keys; folder is not "" if the file is made when it is not there, in a folder that is made too.
func (v Vault) SealFile() (path, folder string) { return v.file, v.make }

// RedisURL is as in Stores.
func (p Places) RedisURL() string { return p.redis.Reveal() }

// Shared reports whether several nodes can work on the same stores.
func (p Places) Shared() bool {
	_, single := p.File()
	return !single && p.redis.Reveal() != Embedded
}

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
