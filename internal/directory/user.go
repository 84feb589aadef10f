package directory

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/apscloud/apsid/internal/authenticator"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/mailbox"
	"github.com/apscloud/apsid/internal/policy"
)

// NewUser is a person to create without an invitation: by an import or the demo. Password and PasswordHash are for the machine's
// own shell alone: no one chooses another person's password (ABUSE 33).
type NewUser struct {
	PracticeID   idp.PracticeID
	Username     string // an e-mail address
	Name         string
	Roles        []idp.Role
	BlockedApps  []idp.ClientID
	Password     idp.Secret // zero: none yet
	PasswordHash idp.Secret // instead of Password: of another system, to be upgraded at the first sign-in
	// EmailVerified says that another system has proved that the person reads what is sent to Username. Only an import may say so:
	// everywhere else a link proves it.
	EmailVerified bool
}

// CreateUser creates a person. Errors: idp.CodeInvalid with the field; idp.CodeConflict with field "username" if it is taken;
// idp.CodeNotFound if there is no such practice in reach of the caller; idp.CodeForbidden with a text; idp.CodeBusy if too many
// passwords are being hashed.
func (s *People) CreateUser(ctx context.Context, caller Caller, n NewUser, now time.Time) (idp.User, error) {
	username, err := n.check()
	if err == nil && n.EmailVerified {
		err = idp.Invalid("email_verified", "only an import knows it: a link proves it otherwise")
	}
	if err != nil {
		return idp.User{}, err
	}
	hash := n.PasswordHash
	if !n.Password.IsZero() {
		practice, err := s.Records.FindPractice(ctx, n.PracticeID)
		if err != nil && !errors.Is(err, idp.ErrNotFound) {
			return idp.User{}, err
		}
		if err := s.checkPassword(ctx, "password", n.Password, idp.Account{User: n.user(username, hash, now), Practice: practice}, now); err != nil {
			return idp.User{}, err
		}
	}
	if !n.Password.IsZero() && caller.Kind == idp.ActorSystem {
		hash, err = s.Hasher.Hash(ctx, caller.claim(), n.Password)
		if err != nil {
			return idp.User{}, err
		}
	}
	user := n.user(username, hash, now)
	err = s.run(ctx, policy.CommandCreateUser, caller, now, func(ctx context.Context, c *command) error {
		if _, err := c.joining(ctx, user); err != nil {
			return err
		}
		if caller.Kind != idp.ActorSystem && !(n.Password.IsZero() && n.PasswordHash.IsZero()) {
			return notNow(idp.ReasonOthersPassword, "Nobody chooses somebody else’s password. Invite the person instead.")
		}
		c.event.UserID = user.ID
		c.event.Details = whoJoined(user)
		return c.Unit.CreateUser(ctx, user)
	})
	if err != nil {
		return idp.User{}, s.taken(ctx, policy.CommandCreateUser, caller, username, err, now)
	}
	return user, nil
}

func (n NewUser) user(username string, hash idp.Secret, now time.Time) idp.User {
	user := idp.User{
		ID: idp.NewUserID(), PracticeID: n.PracticeID, Username: username, Name: n.Name, State: idp.UserActive,
		Roles: sorted(n.Roles), BlockedApps: sorted(n.BlockedApps), PasswordHash: hash, CreatedAt: now, UpdatedAt: now, Version: 1,
	}
	if !hash.IsZero() {
		user.PasswordChangedAt = now
	}
	if n.EmailVerified {
		user = policy.ConfirmAddress(user, now)
	}
	return user
}

// whoJoined returns the details of the event about a new person.
func whoJoined(user idp.User) map[string]string {
	details := map[string]string{"username": user.Username, "roles": words(user.Roles)}
	if policy.MailboxProved(user) { // by another system: a person who is invited proves it later
		details["email_verified"] = "true"
	}
	return details
}

// joining returns the practice that a person is about to join, if policy lets the caller bring in a person with these roles.
func (c *command) joining(ctx context.Context, user idp.User) (idp.Practice, error) {
	practice, err := c.FindPractice(ctx, user.PracticeID)
	if errors.Is(err, idp.ErrNotFound) {
		return idp.Practice{}, c.unknown("practice", string(user.PracticeID), idp.ReasonNotFound)
	}
	if err != nil {
		return idp.Practice{}, err
	}
	newcomer := idp.User{PracticeID: practice.ID}
	need := c.needs(policy.Target{User: newcomer, Practice: practice})
	if err := c.reach("practice", string(practice.ID), need.Permission); err != nil {
		return idp.Practice{}, err
	}
	c.event.PracticeID = practice.ID
	if err := firstOf(refuse(policy.MayGrant(c.actor, newcomer, user.Roles)), c.grant(need)); err != nil {
		return idp.Practice{}, err
	}
	if err := checkRoles(practice, user.Roles); err != nil {
		return idp.Practice{}, err
	}
	return practice, checkBlocked(practice, nil, user.BlockedApps)
}

// taken returns the answer for a user name that exists in any practice. A caller who may not see the practice of the person who has
// it is answered as for an address that can't be a user name at all, in the answer and in the event alike: who exists elsewhere is
// not for them (ABUSE 26). Unless the caller is the machine's own shell, it writes an event in the caller's practice, because trying
// names is a way to look for people of other practices. A conflict that has a text already is returned as it is.
func (s *People) taken(ctx context.Context, name policy.Command, caller Caller, username string, err error, now time.Time) error {
	if !collided(err) {
		return err
	}
	if caller.Kind == idp.ActorSystem {
		return errTaken()
	}
	holder, err := s.Records.FindAccountByUsername(ctx, username)
	if errors.Is(err, idp.ErrNotFound) {
		return errStale() // it was another change that came between
	}
	if err != nil {
		return err
	}
	return s.run(ctx, name, caller, now, func(_ context.Context, c *command) error {
		if policy.MayRead(c.actor, holder.Practice.ID) != policy.Permitted {
			return &refusal{reason: idp.ReasonUsernameRefused, answer: errUnusable()}
		}
		return &refusal{reason: idp.ReasonUsernameTaken, answer: errTaken()}
	})
}

// errUnusable answers for every text that this caller can't give to a person as a user name.
func errUnusable() error {
	return idp.Invalid("username", "This email address can’t be used. Check it; if it is right, give the person another one, or contact APS support.")
}

func errTaken() error {
	return exists("username", "This email address belongs to somebody already. Check it, or give the person another one.")
}

// check returns the normalised user name.
func (n NewUser) check() (string, error) {
	username, err := checkPerson(n.Username, n.Name, idp.User{})
	if err != nil {
		return "", err
	}
	return username, n.checkHash()
}

// checkPerson returns the normalised user name. A user name and a name that are stored already stay as they are: releases before package
// mailbox took user names that a new account can't have.
func checkPerson(username, name string, stored idp.User) (string, error) {
	if stored.Username != "" && username == stored.Username {
		return username, checkName("name", stored.Name, name)
	}
	normal, err := mailbox.Parse(username)
	return normal, idp.AllInvalid(err, checkName("name", stored.Name, name))
}

// checkRoles refuses unknown roles, and roles of APS for people outside of APS.
func checkRoles(practice idp.Practice, roles []idp.Role) error {
	for _, role := range roles {
		switch {
		case role == idp.RoleUserManagement, role == idp.RoleSystemAdministrator:
		case role == idp.RoleAPSStaff && practice.Kind == idp.PracticeAPS:
		case role == idp.RoleAPSStaff:
			return idp.Invalid("roles", "only people who work at APS can have the role %s", role)
		default:
			return idp.Invalid("roles", "there is no such role")
		}
	}
	return nil
}

// checkBlocked refuses to block apps that the practice does not have or that can't be blocked; apps that were blocked before may
// stay so.
func checkBlocked(practice idp.Practice, before, blocked []idp.ClientID) error {
	for _, app := range blocked {
		switch {
		case slices.Contains(before, app):
		case isOwnApp(app):
			return idp.Invalid("blocked_apps", "access to %s follows the roles", app)
		case !practice.HasApp(app):
			return idp.Invalid("blocked_apps", "the practice has no app of this name")
		}
	}
	return nil
}

func (n NewUser) checkHash() error {
	switch {
	case n.Password.IsZero() && n.PasswordHash.IsZero():
		return nil
	case !n.Password.IsZero() && !n.PasswordHash.IsZero():
		return idp.Invalid("password", "give a password or a hash, not both")
	case !n.PasswordHash.IsZero():
		return authenticator.CheckHash(n.PasswordHash)
	default:
		return nil
	}
}
