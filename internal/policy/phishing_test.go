package policy

import (
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

func TestPasskeyFromIsTheFirstDay(t *testing.T) {
	early, late := start, start.AddDate(0, 1, 0)
	of := func(everybody, administrators time.Time) idp.Practice {
		return idp.Practice{PracticeDetails: idp.PracticeDetails{PhishingResistanceFrom: everybody, PhishingResistanceAdministratorsFrom: administrators}}
	}
	manager := idp.User{Roles: []idp.Role{idp.RoleUserManagement}}
	for _, row := range []struct {
		user     idp.User
		practice idp.Practice
		want     time.Time
	}{
		{manager, idp.Practice{}, time.Time{}}, {manager, of(late, early), early}, {manager, of(early, late), early}, {manager, of(time.Time{}, late), late},
		{idp.User{}, of(late, early), late}, {idp.User{}, of(time.Time{}, early), time.Time{}},
	} {
		if got := PasskeyFrom(row.user, row.practice); !got.Equal(row.want) {
			t.Errorf("%v of %+v: %s, want %s", row.user.Roles, row.practice.PracticeDetails, got, row.want)
		}
	}
}
