package account

import (
	"net/http"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/web"
	"github.com/apscloud/apsid/internal/web/door"
)

// sheetBody is the recovery sheet: what to do, and whom to call, on the day that the phone is lost. It never has the recovery PIN,
// which APS ID could not print anyway: only its hash is stored.
type sheetBody struct {
	Name, Username, Practice string
	Methods                  []authenticatorRow
	PIN, Printed             web.ClockTime
	Helpers                  []directory.Helper
	Support                  web.Support
}

func (s *Surface) sheet(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	helpers, err := s.Account.ListHelpers(r.Context(), v.Caller, v.Now)
	if err != nil {
		return err
	}
	body := sheetBody{
		Name: v.Account.User.Name, Username: v.Account.User.Username, Practice: v.Account.Practice.Name, Methods: rowsOf(v),
		Printed: web.NewDay(v.Now, v.Zone()), Helpers: helpers, Support: s.Pages.Support(),
	}
	if v.Account.PIN != nil {
		body.PIN = web.NewDay(v.Account.PIN.CreatedAt, v.Zone())
	}
	f := s.frame(v, inWays, "recovery-sheet", "Recovery sheet")
	f.Shell.Back = &web.Link{URL: authenticatorsPath, Label: waysToSignIn}
	return s.show(w, r, "sheet", f, body)
}
