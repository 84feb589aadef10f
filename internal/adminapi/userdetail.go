package adminapi

import (
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// UserDetail is everything about one person that a manager of people may see.
type UserDetail struct {
	User
	Practice       string            `json:"practice" doc:"Its name."`
	Authenticators []Authenticator   `json:"authenticators" nullable:"false"`
	RecoveryPIN    bool              `json:"recovery_pin" doc:"One is set."`
	Locks          []Lock            `json:"locks" nullable:"false" doc:"What is locked now."`
	Invite         *Invite           `json:"invite,omitempty" doc:"The newest invitation, while the person has no password."`
	Refused        map[string]string `json:"refused" doc:"What you may not do with this person, and why, by the type of the event it would leave."`
	Grants         []idp.Role        `json:"grants" nullable:"false" doc:"The roles that you may give or take."`
}

// Authenticator is one of the person's authenticators. Neither its key, nor what a passkey is known by, nor the whole telephone number is
// ever shown.
type Authenticator struct {
	ID         idp.AuthenticatorID `json:"id"`
	Kind       idp.Kind            `json:"kind" enum:"totp,sms,passkey"`
	Label      string              `json:"label,omitempty"`
	Phone      string              `json:"phone,omitempty" doc:"Masked."`
	Synced     bool                `json:"synced,omitempty" doc:"Of a passkey: it is kept in an account, and may be on several devices. Without it, it is on one device only."`
	CreatedAt  time.Time           `json:"created_at"`
	LastUsedAt time.Time           `json:"last_used_at,omitzero"`
	Default    bool                `json:"default" doc:"Sign-ins ask for this one first: the person made it their default, or it is the best that they have."`
}

// Lock is a proof that is locked after too many failures.
type Lock struct {
	Proof idp.Proof `json:"proof" enum:"password,code,pin"`
	Until time.Time `json:"until,omitzero" doc:"Absent: until an administrator unlocks it."`
}

// Invite is an invitation.
type Invite struct {
	CreatedAt time.Time `json:"created_at"`
	ExpiresAt time.Time `json:"expires_at"`
	RevokedAt time.Time `json:"revoked_at,omitzero"`
}

func lockOf(g idp.Guard) Lock { return Lock{Proof: g.Proof, Until: g.LockedUntil.UTC()} }

func userDetailOf(d directory.UserDetail) UserDetail {
	detail := UserDetail{
		User: userOf(d.Account.User), Practice: d.Account.Practice.Name, RecoveryPIN: d.Account.PIN != nil, Refused: map[string]string{},
		Grants: same(d.Grants),
		Authenticators: each(d.Account.Authenticators, func(a idp.Authenticator) Authenticator {
			return Authenticator{
				ID: a.ID, Kind: a.Kind, Label: a.Label, Phone: d.Phones[a.ID], Synced: a.Passkey.BackedUp, CreatedAt: a.CreatedAt.UTC(), LastUsedAt: a.LastUsedAt.UTC(),
				Default: a.ID == policy.DefaultAuthenticator(d.Account.Authenticators),
			}
		}),
		Locks: each(d.Locks, lockOf),
	}
	if d.Invite != nil {
		detail.Invite = &Invite{
			CreatedAt: d.Invite.CreatedAt.UTC(), ExpiresAt: d.Invite.ExpiresAt.UTC(), RevokedAt: d.Invite.RevokedAt.UTC(),
		}
	}
	for command, why := range d.May {
		if why != "" {
			detail.Refused[string(policy.Describe(command).Event)] = why
		}
	}
	return detail
}
