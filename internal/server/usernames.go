package server

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/mailbox"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

// UnfitUsername is a stored user name that no new account could have: an earlier release took it. Its person signs in as before, but
// mail may not reach them.
type UnfitUsername struct {
	User     idp.UserID
	Username string
	Why      string
}

// VisitUnfitUsernames calls visit for each of them, by identifier. It reads through all people. An error of visit ends it.
func VisitUnfitUsernames(ctx context.Context, c config.SQL, visit func(UnfitUsername) error) error {
	return sqlstore.VisitUsernames(ctx, c.DatabaseURL(), func(user idp.UserID, username string) error { return unfit(user, username, visit) })
}

// unfit calls visit if the user name does not fit.
func unfit(user idp.UserID, username string, visit func(UnfitUsername) error) error {
	fits, err := mailbox.Parse(username)
	var refused *idp.Error
	switch {
	case errors.As(err, &refused):
		return visit(UnfitUsername{User: user, Username: username, Why: refused.Public})
	case fits != username:
		return visit(UnfitUsername{User: user, Username: username, Why: fmt.Sprintf("is written %+q today", fits)})
	default:
		return err
	}
}

const unfitShown = 10 // how many of them a check names

var (
	unfitNames = fault{Note, "%d do not fit, and mail may not reach these people: %s", "change them in User Management+ or with \"apsid user edit\"; \"apsid migrate up\" lists all"}
	someNames  = fault{Note, "only %d people were looked at in time", "\"apsid migrate up\" looks at all"}
	badNames   = fault{Fail, "they cannot be read: %s", "see the other lines about the database"}
)

// examineUsernames names stored user names that do not fit.
func examineUsernames(ctx context.Context, x *examined) (all []Finding) {
	var shown []string
	seen, count := 0, 0
	err := sqlstore.VisitUsernames(ctx, x.node.Places().DatabaseURL(), func(user idp.UserID, username string) error {
		seen++
		return unfit(user, username, func(u UnfitUsername) error {
			count++
			if count <= unfitShown {
				shown = append(shown, fmt.Sprintf("%s %+q %s", u.User, u.Username, u.Why))
			}
			return nil
		})
	})
	if count > unfitShown {
		shown = append(shown, "…")
	}
	if count > 0 {
		all = append(all, unfitNames.found(count, strings.Join(shown, "; ")))
	}
	switch {
	case err != nil && ctx.Err() != nil:
		all = append(all, someNames.found(seen))
	case err != nil:
		all = append(all, badNames.found(reason(err)))
	}
	return all
}
