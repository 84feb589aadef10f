package authenticator

import (
	"context"
	"runtime"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// PasswordConfig bounds how many hashes are computed at once. A zero field takes its default.
//
// No configuration of the product sets Memory (internal/archtest holds that): it is for tests that need a password but are not
// about hashing, most of whose time it would take.
type PasswordConfig struct {
	Memory   uint32        // KiB that one hash fills; default 19 MiB. A hash made with another is upgraded
	Parallel int           // hashes at the same time; default AtOnce of GOMAXPROCS
	Queue    int           // callers that may wait for a turn; default 512
	Wait     time.Duration // how long one waits; default 10 s
	Listed   Listed        // stolen passwords, for Judge
}

func (c PasswordConfig) withDefaults() PasswordConfig {
	if c.Memory == 0 {
		c.Memory = argonMemory
	}
	if c.Parallel == 0 {
		c.Parallel = AtOnce(runtime.GOMAXPROCS(0))
	}
	if c.Queue == 0 {
		c.Queue = 512
	}
	if c.Wait == 0 {
		c.Wait = 10 * time.Second
	}
	return c
}

// mostAtOnce bounds AtOnce: what hashes fill, and how much of a large machine they take.
const mostAtOnce = 4

// Passwords hashes and verifies passwords and recovery PINs, a bounded number at a time, and shares the turns among those who claim
// them (ABUSE 51). It is safe for concurrent use.
type Passwords struct {
	turns  *turns
	hasher *hasher
	listed Listed
	absent storedHash // for accounts without a password: as costly as a real one, and no password matches it
}

// NewPasswords returns idp.ErrInvalid for a negative bound.
func NewPasswords(cfg PasswordConfig) (*Passwords, error) {
	cfg = cfg.withDefaults()
	turns, err := newTurns(cfg.Parallel, cfg.Queue, cfg.Wait)
	if err != nil {
		return nil, err
	}
	hasher, err := newHasher(cfg.Memory)
	if err != nil {
		return nil, err
	}
	absent, err := hasher.absent()
	if err != nil {
		return nil, err
	}
	return &Passwords{turns: turns, hasher: hasher, listed: cfg.Listed, absent: absent}, nil
}

// Result is the outcome of verifying a password.
type Result struct {
	OK       bool
	Upgraded idp.Secret // not zero: the stored hash is of another make; store this one in its place
}

// Verify compares a password with a stored hash. An empty hash stands for an unknown user, or one without a password: it
// costs as much as a real one and is never OK, so that the time an answer takes does not reveal which user names exist.
//
// Hashes of other makes (bcrypt, PBKDF2, ASP.NET Core Identity version 3, Argon2id with other parameters) verify as well and
// yield Upgraded. A wrong password against one of those also pays for a hash of our own make, so it never answers faster than
// an unknown user name; it answers slower by the cost of the old hash, until the first sign-in upgrades it.
//
// Errors: idp.ErrInvalid for what no user's password can be, whatever the hash (over policy.MaxPasswordBytes, with NUL, not
// UTF-8); idp.ErrBusy with RetryAfter over the bound; idp.ErrUnavailable for a context that ended; an error without a code for
// a stored hash that can't be read.
func (p *Passwords) Verify(ctx context.Context, claim Claim, hash, password idp.Secret) (Result, error) {
	attempt, err := newAttempt("password", password)
	if err != nil {
		return Result{}, err
	}
	stored := p.absent
	if !hash.IsZero() {
		stored, err = p.hasher.parse(hash)
		if err != nil {
			return Result{}, err
		}
	}
	if err := p.enter(ctx, claim); err != nil {
		return Result{}, err
	}
	defer p.turns.leave()
	var result Result
	aside(func() { result, err = p.verify(stored, attempt) })
	return result, err
}

func (p *Passwords) verify(stored storedHash, attempt attempt) (Result, error) {
	ok, err := stored.matches(attempt)
	if err != nil || stored.current() {
		return Result{OK: ok}, err
	}
	if !ok {
		_, err = p.absent.matches(attempt)
		return Result{}, err
	}
	upgraded, err := p.hasher.hash(attempt.normal)
	if err != nil {
		return Result{}, err
	}
	return Result{OK: true, Upgraded: upgraded}, nil
}

// Hash returns a new Argon2id hash of the password, in PHC format. Errors are those of Verify.
func (p *Passwords) Hash(ctx context.Context, claim Claim, password idp.Secret) (idp.Secret, error) {
	return p.hash(ctx, claim, "password", password)
}

// HashPIN returns a new Argon2id hash of a recovery PIN. It takes any text: policy.CheckPIN decides whether the PIN is good
// enough. Errors are those of Verify.
func (p *Passwords) HashPIN(ctx context.Context, claim Claim, pin idp.Secret) (idp.Secret, error) {
	return p.hash(ctx, claim, "pin", pin)
}

// VerifyPIN compares a recovery PIN with its stored hash, as Verify does: an empty hash costs the same and is never right.
func (p *Passwords) VerifyPIN(ctx context.Context, claim Claim, hash, pin idp.Secret) (bool, error) {
	result, err := p.Verify(ctx, claim, hash, pin)
	return result.OK, err
}

func (p *Passwords) hash(ctx context.Context, claim Claim, field string, text idp.Secret) (idp.Secret, error) {
	attempt, err := newAttempt(field, text)
	if err != nil {
		return idp.Secret{}, err
	}
	if err := p.enter(ctx, claim); err != nil {
		return idp.Secret{}, err
	}
	defer p.turns.leave()
	var made idp.Secret
	aside(func() { made, err = p.hasher.hash(attempt.normal) })
	return made, err
}

type beforeHashing struct{}

// BeforeHashing has leave called before a hash with this context is waited for or computed: what its caller holds others can have then.
func BeforeHashing(ctx context.Context, leave func()) context.Context {
	return context.WithValue(ctx, beforeHashing{}, leave)
}

// enter waits for a turn to hash.
func (p *Passwords) enter(ctx context.Context, claim Claim) error {
	if leave, asked := ctx.Value(beforeHashing{}).(func()); asked {
		leave()
	}
	return p.turns.enter(ctx, claim)
}

// TurnedAway is how many callers were told to come back later, since the start, for monitoring.
func (p *Passwords) TurnedAway() int64 { return p.turns.away.Load() }

// Waiting is how many callers wait for a turn just now, for monitoring.
func (p *Passwords) Waiting() int { return p.turns.count() }
