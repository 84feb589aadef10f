package server

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

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
	return sqlstore.VisitUsernames(ctx, c.DatabaseURL(), func(user idp.UserID, username string) error {
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
	})
}

const (
	unfitShown  = 10          // how many of them a check names
	unfitWithin = time.Minute // how long a check reads: it is about all people there are
)

// examineUsernames returns what an operator should know of the stored user names; "" if all of them fit.
func examineUsernames(ctx context.Context, c config.SQL) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, unfitWithin)
	defer cancel()
	var shown []string
	count := 0
	err := VisitUnfitUsernames(ctx, c, func(u UnfitUsername) error {
		count++
		if count <= unfitShown {
			shown = append(shown, fmt.Sprintf("%s %+q %s", u.User, u.Username, u.Why))
		}
		return nil
	})
	if err != nil || count == 0 {
		return "", err
	}
	if count > unfitShown {
		shown = append(shown, `…; "apsid migrate up" lists all`)
	}
	return fmt.Sprintf("%d do not fit, and mail may not reach these people: %s", count, strings.Join(shown, "; ")), nil
}
