package faulttest

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/apscloud/apsid/internal/authenticator"
	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

const password = "correct-horse-harbour-1"

// How many people there are of each kind. One with an authenticator app signs in once in half a minute, because a code works once;
// one with text messages gets one in half a minute.
const (
	peopleTOTP  = 90
	peopleSMS   = 30
	peoplePlain = 30
)

// person is a person who signs in.
type person struct {
	kind     idp.Kind // of their authenticator; "" for none
	username string
	address  string // of their network
	key      string // of their authenticator app; "" if they have none
	phone    string // for text messages; "" if they have none
	busy     time.Time
}

// people hands out those who can sign in now.
type people struct {
	mu  sync.Mutex
	all map[idp.Kind][]*person // "" for those without MFA
}

// take returns a person of the kind; one without MFA if none of the kind can sign in now.
func (p *people) take(kind idp.Kind) *person {
	p.mu.Lock()
	defer p.mu.Unlock()
	one := p.all[kind][0] // who was taken longest ago
	if kind != "" && time.Since(one.busy) < 35*time.Second {
		kind, one = "", p.all[""][0]
	}
	one.busy = time.Now()
	p.all[kind] = append(p.all[kind][1:], one)
	return one
}

// newPeople puts people into the database directly: making each by a command would hash two secrets for each.
func newPeople(w *world, now time.Time) *people {
	w.t.Helper()
	ctx := context.Background()
	model, err := w.console.Directory().People.CreateUser(ctx, systemCaller(), directory.NewUser{
		PracticeID: withMFA, Username: "model@harbour.example", Name: "Model", Password: idp.NewSecret(password),
	}, now)
	fatal(w.t, err)
	account, err := w.console.Records().FindAccountByUsername(ctx, model.Username)
	fatal(w.t, err)
	p := &people{all: map[idp.Kind][]*person{}}
	const all, batch = peopleTOTP + peopleSMS + peoplePlain, 25 // a transaction must be over within seconds
	made := make([]*person, all)
	for from := 0; from < all; from += batch {
		fatal(w.t, w.console.Records().InTx(ctx, func(tx *sqlstore.Tx) error {
			for i := from; i < min(from+batch, all); i++ {
				var err error
				if made[i], err = join(ctx, tx, i, account.User, now); err != nil {
					return err
				}
			}
			return nil
		}))
	}
	for _, one := range made {
		p.all[one.kind] = append(p.all[one.kind], one)
	}
	return p
}

// join makes one person, like the model but for the name, and what they prove with.
func join(ctx context.Context, tx *sqlstore.Tx, i int, user idp.User, now time.Time) (*person, error) {
	user.ID, user.Version, user.Username = idp.NewUserID(), 1, fmt.Sprintf("person%03d@harbour.example", i)
	one := &person{username: user.Username, address: fmt.Sprintf("10.%d.%d.1", 1+i/200, 1+i%200)}
	a := idp.Authenticator{ID: idp.NewAuthenticatorID(), PracticeID: withMFA, UserID: user.ID, Label: "phone", CreatedAt: now, LastUsedAt: now}
	switch {
	case i < peopleTOTP:
		a.Kind, a.TOTPKey = idp.KindTOTP, authenticator.NewTOTPKey()
		one.key = a.TOTPKey.Reveal()
	case i < peopleTOTP+peopleSMS:
		one.phone = fmt.Sprintf("+6149157%04d", i)
		a.Kind, a.Phone = idp.KindSMS, idp.NewSecret(one.phone)
	default:
		user.PracticeID = withoutMFA
	}
	one.kind = a.Kind
	if err := tx.CreateUser(ctx, user); err != nil || a.Kind == "" {
		return one, err
	}
	if err := tx.CreateAuthenticator(ctx, a); err != nil {
		return one, err
	}
	// No one types the PIN: what stands there says only that they have one.
	return one, tx.SavePIN(ctx, idp.RecoveryPIN{PracticeID: withMFA, UserID: user.ID, Hash: user.PasswordHash, CreatedAt: now})
}
