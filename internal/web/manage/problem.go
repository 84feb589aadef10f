package manage

import (
	"strings"

	"github.com/apscloud/apsid/internal/web"
)

// orProblem returns either what a form says about the error, or an error that the page can't handle.
func orProblem(err error) (web.Problem, error) {
	p, ok := web.ProblemOf(err)
	if !ok {
		return web.NoProblem(), err
	}
	// Texts of package directory that begin so are written to follow the name of the field.
	if rest, follows := strings.CutPrefix(p.Text, "Must "); follows && fieldNames[p.Field] != "" {
		p.Text = fieldNames[p.Field] + " must " + rest
	}
	return p, nil
}

// fieldNames are the names that the forms give to the fields of package directory.
var fieldNames = map[string]string{
	"name": "The name", "username": "The email address", "roles": "The rights", "blocked_apps": "The apps", "reason": "The reason",
	"note": "The note", "owner": "The owner", "purpose": "The purpose", "review_at": "The day",
}
