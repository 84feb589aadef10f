package account

import (
	"net/http"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/web"
	"github.com/apscloud/apsid/internal/web/door"
	"github.com/apscloud/apsid/internal/web/trail"
)

// lately is how many events the overview shows.
const lately = 5

// overviewBody is the overview of the account.
type overviewBody struct {
	Name, Username, Practice string
	Password                 web.ClockTime // when it last changed
	Authenticators           []authenticatorRow
	Tasks                    []task // what to do first
	PIN                      web.ClockTime
	Devices                  []deviceGroup
	Recent                   []trail.Row
}

func (s *Surface) overview(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	user, practice := v.Account.User, v.Account.Practice
	devices, err := s.devices(r.Context(), v)
	if err != nil {
		return err
	}
	recent, err := s.Trail.Recent(r.Context(), v, scope(v), directory.EventQuery{UserID: user.ID}, lately)
	if err != nil {
		return err
	}
	body := overviewBody{
		Name: user.Name, Username: user.Username, Practice: practice.Name,
		Password:       web.NewDay(user.PasswordChangedAt, v.Zone()),
		Authenticators: rowsOf(v), Tasks: tasks(v, policy.RequireMFA(user, practice, v.Client, "", v.Now).MFA(), s.Account.HasPasskeys()),
		Devices: devices, Recent: recent,
	}
	if s.Account.HasPasskeys() {
		body.Tasks = append(passkeyTasks(v), body.Tasks...)
	}
	if v.Account.PIN != nil {
		body.PIN = web.NewDay(v.Account.PIN.CreatedAt, v.Zone())
	}
	f := s.frame(v, inOverview, "account", "Your account")
	f.Note = s.kit.Note(r)
	return s.show(w, r, "overview", f, body)
}
