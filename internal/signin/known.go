package signin

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"slices"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// KnownLifetime is how long a browser is known after a person's last completed sign-in in it.
const KnownLifetime = 180 * 24 * time.Hour

const (
	knownPlace   = "signin/known-browser"
	knownPeople  = 8    // people that one browser remembers: those who signed in last
	longestKnown = 4096 // bytes of the cookie, as browsers bound it (RFC 6265, section 6.1)
)

// knownPerson is a person who has signed in with this browser. It proves nothing: it only decides on which counter a wrong
// password counts, and that the browser does not wait behind a crowd (ABUSE 51), so that an attacker who knows only an e-mail address
// can't keep its owner out (ABUSE 18). A new password makes it void.
type knownPerson struct {
	User       idp.UserID
	Counter    int       // below policy.KnownBrowsers; several browsers may share one
	PasswordAt time.Time // idp.User.PasswordChangedAt
	Until      time.Time
}

func (k knownPerson) fits(user idp.User, now time.Time) bool {
	return user.ID != "" && k.User == user.ID && k.PasswordAt.Equal(user.PasswordChangedAt) && now.Before(k.Until) &&
		k.Counter >= 0 && k.Counter < policy.KnownBrowsers
}

// openKnown returns no one for a cookie that is missing, or not ours. It costs the same whichever user name is in the form.
func (s *Service) openKnown(cookie idp.Secret) (people []knownPerson) {
	if len(cookie.Reveal()) > longestKnown {
		return nil
	}
	sealed, err := base64.RawURLEncoding.DecodeString(cookie.Reveal())
	if err != nil || len(sealed) == 0 {
		return nil
	}
	plain, err := s.Sealer.Open(sealed, knownPlace)
	if err != nil || json.Unmarshal(plain, &people) != nil {
		return nil
	}
	return people
}

// know returns the cookie of a browser with which user has signed in; it replaces the cookie that the browser had.
func (s *Service) know(cookie idp.Secret, user idp.User, now time.Time) (idp.Secret, error) {
	fresh := knownPerson{User: user.ID, PasswordAt: user.PasswordChangedAt.UTC(), Until: now.Add(KnownLifetime).UTC()}
	counter, err := rand.Int(rand.Reader, big.NewInt(policy.KnownBrowsers))
	if err != nil {
		return idp.Secret{}, idp.Wrap(idp.CodeInternal, err)
	}
	fresh.Counter = int(counter.Int64())
	people := s.openKnown(cookie)
	for _, k := range people {
		if k.fits(user, now) {
			fresh.Counter = k.Counter // one browser, one counter: signing in again gives no new guesses
		}
	}
	people = slices.DeleteFunc(people, func(k knownPerson) bool { return k.User == user.ID || !now.Before(k.Until) })
	people = append([]knownPerson{fresh}, people...)
	plain, err := json.Marshal(people[:min(len(people), knownPeople)])
	if err != nil {
		return idp.Secret{}, idp.Wrap(idp.CodeInternal, err)
	}
	sealed, err := s.Sealer.Seal(plain, knownPlace)
	if err != nil {
		return idp.Secret{}, err
	}
	return idp.NewSecret(base64.RawURLEncoding.EncodeToString(sealed)), nil
}

// remember returns the cookie of a browser whose sign-in is complete. An error is only logged: the sign-in is complete without it.
func (s *Service) remember(ctx context.Context, p post) idp.Secret {
	cookie, err := s.know(p.browser.Known, p.account.User, p.now)
	if err != nil {
		s.Log.ErrorContext(ctx, "remember the browser of a sign-in", "error", err)
	}
	return cookie
}

// Recognise returns the cookie for a browser in which a person has just proved to hold the mailbox, by a link that was consumed:
// with this browser the account's owner can sign in even if an attacker locks the password again at once. cookie is the one that
// the browser has. Errors: idp.ErrNotFound if no account has the user name; those of the stores.
func (s *Service) Recognise(ctx context.Context, cookie idp.Secret, username string, now time.Time) (idp.Secret, error) {
	account, err := s.Accounts.FindAccountByUsername(ctx, username)
	if err != nil {
		return idp.Secret{}, err
	}
	return s.know(cookie, account.User, now)
}

// passwordGuard names the counter on which a try of this password from this browser counts.
func (s *Service) passwordGuard(p post, username string) string {
	for _, k := range s.openKnown(p.browser.Known) {
		if k.fits(p.account.User, p.now) {
			return policy.KnownGuard(username, k.Counter)
		}
	}
	return policy.PasswordGuard(username)
}

// tryPassword settles a password against its counter: nil if it counts. A known browser's lock shows on the shared counter too,
// where administrators look.
func (s *Service) tryPassword(ctx context.Context, u Unit, p *post, counter, username string, right bool) (Event, error) {
	if p.account.User.ID == "" {
		return s.tryStranger(ctx, u, username, p.now)
	}
	now := p.now
	event, err := try(ctx, u, counter, idp.ProofPassword, right, nil, now)
	if err != nil || event == nil {
		return event, err
	}
	shared := policy.PasswordGuard(username)
	if e, ok := event.(ProofRejected); ok && e.Verdict == policy.LockedNow && counter != shared {
		err = u.UpdateGuard(ctx, shared, idp.ProofPassword, func(g idp.Guard) idp.Guard { return policy.LockUntil(g, e.Until, now) })
	}
	return event, err
}
