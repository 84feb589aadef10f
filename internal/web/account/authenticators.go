package account

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"

	"github.com/apscloud/apsid/internal/authenticator"
	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/web"
	"github.com/apscloud/apsid/internal/web/door"
	"github.com/apscloud/apsid/internal/web/people"
)

const authenticatorsPath = home + "/authenticators"

// authenticatorRow is a way to sign in, in a list.
type authenticatorRow struct {
	ID             idp.AuthenticatorID
	Label, Kind    string // the kind with the last digits of a number, which stay whatever its name is
	Added, Used    web.ClockTime
	Where          string        // the browser in which it was set up; "": not known
	Copied         web.ClockTime // when a passkey last answered like a copy of itself
	Default        bool          // of several, the one that sign-ins ask for first
	Rename, Remove string        // addresses
	MakeDefault    string        // "": it is the default, or the only one
}

// authenticatorsBody lists them.
type authenticatorsBody struct {
	Rows []authenticatorRow
	New  string // where another one is added; "" if the person has as many as are allowed
	Most int
	PIN  web.ClockTime
	// Accepted tells the browser which passkeys still count, in JSON; "": there never was one.
	Accepted string
}

func (s *Surface) authenticators(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	body := authenticatorsBody{Rows: rowsOf(v), Most: policy.MaxAuthenticators}
	where, err := s.origins(r.Context(), v)
	if err != nil {
		return err
	}
	for i, row := range body.Rows {
		body.Rows[i].Where = where[row.ID]
	}
	body.Accepted, err = s.accepted(r.Context(), v)
	if err != nil {
		return err
	}
	f := s.frame(v, inWays, "authenticators", waysToSignIn)
	f.Note = s.kit.Note(r)
	if len(body.Rows) < body.Most {
		body.New = authenticatorsPath + "/new"
	}
	if v.Account.PIN != nil {
		body.PIN = web.NewDay(v.Account.PIN.CreatedAt, v.Zone())
	}
	return s.show(w, r, "authenticators", f, body)
}

// accepted is what the browser is told of the visitor's passkeys, so that it no longer offers one that was removed.
func (s *Surface) accepted(ctx context.Context, v door.Visitor) (string, error) {
	all, err := s.Account.AcceptedPasskeys(ctx, v.Caller, v.Now)
	if err != nil || all == nil {
		return "", err
	}
	told, err := json.Marshal(all)
	if err != nil {
		return "", idp.Wrap(idp.CodeInternal, err)
	}
	return string(told), nil
}

func rowsOf(v door.Visitor) []authenticatorRow {
	var rows []authenticatorRow
	bound := v.Account.Authenticators
	for _, a := range bound {
		row := authenticatorRow{
			ID: a.ID, Label: directory.LabelOf(a), Kind: kindOf(a),
			Added: web.NewMoment(a.CreatedAt, v.Now, v.Zone()), Used: web.NewMoment(a.LastUsedAt, v.Now, v.Zone()),
			Copied: web.NewMoment(a.Passkey.RegressedAt, v.Now, v.Zone()),
			Rename: authenticatorPath(a.ID, "rename"), Remove: authenticatorPath(a.ID, "remove"),
		}
		if len(bound) > 1 {
			row.Default = a.ID == policy.DefaultAuthenticator(bound)
		}
		if len(bound) > 1 && !row.Default {
			row.MakeDefault = authenticatorPath(a.ID, "default")
		}
		rows = append(rows, row)
	}
	return rows
}

func kindOf(a idp.Authenticator) string {
	if a.Kind == idp.KindSMS {
		return people.Kind(a.Kind) + " to " + authenticator.MaskPhone(a.Phone)
	}
	return people.What(a)
}

func authenticatorPath(id idp.AuthenticatorID, what string) string {
	return authenticatorsPath + "/" + url.PathEscape(string(id)) + "/" + what
}
