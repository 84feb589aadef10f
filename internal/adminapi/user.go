package adminapi

import (
	"context"
	"net/http"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// User is a person as the API shows them.
type User struct {
	ID                idp.UserID     `json:"id" example:"usr_mia"`
	PracticeID        idp.PracticeID `json:"practice_id" example:"prc_harbour"`
	Username          string         `json:"username" example:"mia@harbourfinch.example" doc:"The e-mail address."`
	Name              string         `json:"name" example:"Mia Chen"`
	State             idp.UserState  `json:"state" enum:"active,disabled"`
	Invited           bool           `json:"invited" doc:"Asked to join, and without a password so far."`
	UsernameConfirmed bool           `json:"username_confirmed" doc:"False: the user name was changed, and the holder of the new mailbox has not confirmed it yet."`
	Roles             []idp.Role     `json:"roles" nullable:"false"`
	BlockedApps       []idp.ClientID `json:"blocked_apps" nullable:"false" doc:"The practice's apps that this person may not use."`
	CreatedAt         time.Time      `json:"created_at"`
	UpdatedAt         time.Time      `json:"updated_at"`
	LastSigninAt      time.Time      `json:"last_signin_at,omitzero" doc:"Absent: never."`
	Version           int64          `json:"version"`
}

func userOf(u idp.User) User {
	return User{
		ID: u.ID, PracticeID: u.PracticeID, Username: u.Username, Name: u.Name, State: u.State, Invited: u.Invited(),
		UsernameConfirmed: policy.AddressConfirmed(u),
		Roles:             same(u.Roles), BlockedApps: same(u.BlockedApps), CreatedAt: u.CreatedAt.UTC(), UpdatedAt: u.UpdatedAt.UTC(),
		LastSigninAt: u.LastSigninAt.UTC(), Version: u.Version,
	}
}

// Person is a line of a list of people.
type Person struct {
	User
	Authenticators []idp.Kind `json:"authenticators" nullable:"false" enum:"totp,sms,passkey" doc:"The kinds that are set up; none: not enrolled."`
	Locked         bool       `json:"locked" doc:"A password, code or PIN is locked now."`
}

func personOf(p directory.Person) Person {
	return Person{User: userOf(p.User), Authenticators: same(p.Kinds), Locked: p.Locked}
}

// UserPath names a person.
type UserPath struct {
	User idp.UserID `path:"user" maxLength:"100" example:"usr_mia"`
}

type listUsersInput struct {
	PracticePath
	Paging
	Search string               `query:"search" maxLength:"200" doc:"Words, each of which is a part of the name or the user name. Accents, case, apostrophes and hyphens make no difference."`
	Filter directory.UserFilter `query:"filter" enum:"not_enrolled,locked,never_signed_in,invited,disabled,managers"`
	Sort   directory.UserSort   `query:"sort" enum:"username,-username,name,-name,mfa,-mfa,rights,-rights,last_sign_in,-last_sign_in" default:"username" doc:"The order; with a hyphen, the other way round."`
}

type inviteUserInput struct {
	PracticePath
	Body struct {
		Username    string         `json:"username" pattern:"^\\s*[^@\\s]+@[^@\\s]+\\s*$" patternDescription:"an e-mail address" maxLength:"254" doc:"An e-mail address."`
		Name        string         `json:"name" minLength:"1" maxLength:"80"`
		Roles       []idp.Role     `json:"roles,omitempty" enum:"user_management,system_administrator,aps_staff" nullable:"false" maxItems:"10" doc:"user_management, system_administrator."`
		BlockedApps []idp.ClientID `json:"blocked_apps,omitempty" minLength:"1" maxLength:"100" nullable:"false" maxItems:"100"`
	}
}

type editUserInput struct {
	UserPath
	Editing
	Body struct { // directory.UserEdit, field by field
		Version     int64           `json:"-"` // from If-Match
		Username    *string         `json:"username,omitempty" pattern:"^\\s*[^@\\s]+@[^@\\s]+\\s*$" patternDescription:"an e-mail address" maxLength:"254"`
		Name        *string         `json:"name,omitempty" minLength:"1" maxLength:"80"`
		Roles       *[]idp.Role     `json:"roles,omitempty" enum:"user_management,system_administrator,aps_staff" nullable:"false" maxItems:"10"`
		BlockedApps *[]idp.ClientID `json:"blocked_apps,omitempty" minLength:"1" maxLength:"100" nullable:"false" maxItems:"100"`
	}
}

func (a *API) addUsers() {
	const tag = "People"
	register(a, operation{
		id: "list-users", method: http.MethodGet, path: "/practices/{practice}/users", tag: tag, scope: UsersRead,
		summary: "List people of a practice", about: "By user name, unless another order is asked for.",
	}, a.listUsers)
	register(a, operation{
		command: policy.CommandInviteUser, method: http.MethodPost, path: "/practices/{practice}/users", tag: tag, scope: UsersWrite, status: http.StatusCreated,
		example: example{"username": "noor@harbourfinch.example", "name": "Noor Haddad", "roles": []string{}, "blocked_apps": []string{exampleApp}},
	}, a.inviteUser)
	register(a, operation{
		id: "show-user", method: http.MethodGet, path: "/users/{user}", tag: tag, scope: UsersRead,
		summary: "Show a person",
	}, a.showUser)
	register(a, operation{
		command: policy.CommandEditUser, method: http.MethodPatch, path: "/users/{user}", tag: tag, scope: UsersWrite, edits: true,
		example: example{"name": "Mia Chen-Okafor", "blocked_apps": []string{exampleApp}},
	}, a.editUser)
}

func (a *API) listUsers(ctx context.Context, c call, in *listUsersInput) (*Listed[Person], error) {
	q := directory.UserQuery{Search: in.Search, Filter: in.Filter, Sort: in.Sort}
	found, next, err := a.deps.People.ListUsers(ctx, c.Caller, in.Practice, q, in.page(), c.now)
	if err != nil {
		return nil, err
	}
	return listed(c, found, next, personOf), nil
}

func (a *API) inviteUser(ctx context.Context, c call, in *inviteUserInput) (*Created[User], error) {
	u, err := a.deps.People.InviteUser(ctx, c.Caller, directory.Invitation{
		PracticeID: in.Practice, Username: in.Body.Username, Name: in.Body.Name, Roles: in.Body.Roles, BlockedApps: in.Body.BlockedApps,
	}, c.now)
	if err != nil {
		return nil, err
	}
	return &Created[User]{Location: Prefix + "/users/" + string(u.ID), ETag: etag(u.Version), Body: userOf(u)}, nil
}

func (a *API) showUser(ctx context.Context, c call, in *UserPath) (*Versioned[UserDetail], error) {
	d, err := a.deps.People.FindUser(ctx, c.Caller, in.User, c.now)
	if err != nil {
		return nil, err
	}
	return &Versioned[UserDetail]{ETag: etag(d.Account.User.Version), Body: userDetailOf(d)}, nil
}

func (a *API) editUser(ctx context.Context, c call, in *editUserInput) (*Versioned[User], error) {
	version, err := in.version()
	if err != nil {
		return nil, err
	}
	edit := directory.UserEdit(in.Body)
	edit.Version = version
	u, err := a.deps.People.UpdateUser(ctx, c.Caller, in.User, edit, c.now)
	if err != nil {
		return nil, err
	}
	return &Versioned[User]{ETag: etag(u.Version), Body: userOf(u)}, nil
}
