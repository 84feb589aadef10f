package directory

import (
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// checkName refuses a new name that policy refuses. One that is stored already stays as it is: the rules may have been wider once,
// and an edit of something else does not ask for another name.
func checkName(field, stored, name string) error {
	if stored != "" && name == stored {
		return nil
	}
	if problem := policy.CheckName(name); problem != policy.NameFine {
		return idp.Invalid(field, "%s", problem.Text())
	}
	return nil
}
