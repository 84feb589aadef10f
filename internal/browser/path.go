package browser

import (
	"net/url"

	"github.com/apscloud/apsid/internal/idp"
)

// SigninPath is the path of a step of a sign-in. The app stands in it so that a page whose sign-in is long gone can still
// lead back to the app.
func SigninPath(client idp.ClientID, tx, step string) string {
	return signinFolder(client, tx) + "/" + url.PathEscape(step)
}

func signinFolder(client idp.ClientID, tx string) string {
	return "/signin/" + url.PathEscape(string(client)) + "/" + url.PathEscape(tx)
}
