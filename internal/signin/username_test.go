package signin_test

import (
	"context"
	"testing"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/signin"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

// rename gives usr_free another user name, as an earlier release may have stored it.
func (h *house) rename(username string) {
	h.t.Helper()
	h.commit(func(ctx context.Context, tx *sqlstore.Tx) error {
		user, err := tx.FindUser(ctx, "prc_free", "usr_free")
		if err != nil {
			return err
		}
		user.Username = username
		return tx.UpdateUser(ctx, user)
	})
}

// ABUSE 58: what a keyboard or a clipboard adds to a user name keeps no one out.
func TestAUserNameIsTakenAsItIsMeant(t *testing.T) {
	for stored, typed := range map[string][]string{
		"zo\u00eb@b\u00fccher.example": {"zoe\u0308@bu\u0308cher.example", "\ufeffZO\u00cb@xn--bcher-kva.example\u200f", "zo\u200b\u00eb\uff20b\u00fccher.example"},
		"zoe\u0308@old.example":        {"zoe\u0308@old.example", " Zoe\u0308@OLD.example"},
		"x..y@old.example":             {"x..y@old.example", "x..y@old.exa\u200bmple"},
	} {
		h := newHouse(t)
		h.rename(stored)
		for _, name := range typed {
			h.open("timesheets").post(signin.Form{Username: name, Password: idp.NewSecret(password)}, signin.StateDone)
		}
	}
}

// ABUSE 17, 58: another way to write the name is no more guesses: five in all, and the lock holds for every way.
func TestVariantsOfAUserNameShareTheirGuesses(t *testing.T) {
	for stored, typed := range map[string][]string{
		"zo\u00eb@b\u00fccher.example": {
			"zo\u00eb@b\u00fccher.example", "zoe\u0308@b\u00fccher.example", "zo\u00eb@xn--bcher-kva.example", "z\u200bo\u00eb@b\u00fccher.example", "zo\u00eb@b\u00fccher.example\u2060",
		},
		"zoe\u0308@old.example":   {"zoe\u0308@old.example", "Zoe\u0308@old.example", " zoe\u0308@old.example", "ZOE\u0308@old.example", "zoe\u0308@OLD.example"},
		"unknown@nowhere.example": {"unknown@nowhere.example", "un\u200bknown@nowhere.example", "unknown\uff20nowhere.example", "UNKNOWN@nowhere.example", "unknown@nowhere.example\u200f"},
	} {
		h := newHouse(t)
		if stored != "unknown@nowhere.example" {
			h.rename(stored)
		}
		for i, name := range typed {
			form := signin.Form{Username: name, Password: idp.NewSecret("a wrong password")}
			if i < len(typed)-1 {
				h.open("timesheets").refuse(form, signin.ProblemCredentials)
				continue
			}
			h.open("timesheets").post(form, signin.StateEnded)
		}
		for _, name := range typed {
			h.open("timesheets").post(signin.Form{Username: name, Password: idp.NewSecret(password)}, signin.StateEnded)
		}
	}
}
