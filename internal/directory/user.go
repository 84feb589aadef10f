package directory

import (
	"context"
	"time"

	"github.com/apscloud/apsid/internal/authenticator"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// NewUser is a person to create.
type NewUser struct {
	PracticeID   idp.PracticeID
	Username     string // an e-mail address
	Name         string
	Roles        []idp.Role
	Password     idp.Secret // zero: none yet
	PasswordHash idp.Secret // instead of Password: of another system, to be upgraded at the first sign-in
}

// CreateUser creates a person. Errors: idp.CodeInvalid with the field; idp.CodeConflict if the user name is taken;
// idp.CodeNotFound if there is no such practice; idp.CodeBusy if too many passwords are being hashed.
func (s *Service) CreateUser(ctx context.Context, caller Caller, n NewUser, now time.Time) (idp.User, error) {
	username, err := n.check()
	if err != nil {
		return idp.User{}, err
	}
	hash := n.PasswordHash
	if !n.Password.IsZero() {
		hash, err = s.Hasher.Hash(ctx, n.Password)
		if err != nil {
			return idp.User{}, err
		}
	}
	user := idp.User{
		ID: idp.NewUserID(), PracticeID: n.PracticeID, Username: username, Name: n.Name, State: idp.UserActive,
		Roles: sorted(n.Roles), PasswordHash: hash, CreatedAt: now, UpdatedAt: now, Version: 1,
	}
	if !hash.IsZero() {
		user.PasswordChangedAt = now
	}
	event := done(idp.EventUserCreated, caller.Actor, now)
	event.PracticeID, event.UserID = user.PracticeID, user.ID
	err = s.commit(ctx, event, exists("username", "this user name is taken"), func(u Unit) error { return u.CreateUser(ctx, user) })
	if err != nil {
		return idp.User{}, err
	}
	return user, nil
}

// check returns the normalised user name.
func (n NewUser) check() (string, error) {
	username, ok := idp.NormalUsername(n.Username)
	if !ok {
		return "", idp.Invalid("username", "must be an e-mail address")
	}
	if err := checkName("name", n.Name); err != nil {
		return "", err
	}
	for _, role := range n.Roles {
		switch role {
		case idp.RoleUserManagement, idp.RoleSystemAdministrator, idp.RoleAPSStaff:
		default:
			return "", idp.Invalid("roles", "there is no such role")
		}
	}
	return username, n.checkPassword(username)
}

func (n NewUser) checkPassword(username string) error {
	switch {
	case n.Password.IsZero() && n.PasswordHash.IsZero():
		return nil
	case !n.Password.IsZero() && !n.PasswordHash.IsZero():
		return idp.Invalid("password", "give a password or a hash, not both")
	case !n.PasswordHash.IsZero():
		return authenticator.CheckHash(n.PasswordHash)
	}
	if problem := policy.CheckPassword(n.Password.Reveal(), username); problem != policy.PasswordFine {
		return idp.Invalid("password", "%s", problem.Text())
	}
	return nil
}
