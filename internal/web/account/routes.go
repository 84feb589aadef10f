package account

import (
	"net/http"

	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/signin"
	"github.com/apscloud/apsid/internal/web/kit"
)

// knownLifetime is how long a browser stays known.
const knownLifetime = signin.KnownLifetime

// Route is a page or a form. Every person who may sign in may use each, but only for their own account: the objects that it
// names must belong to them, and package directory checks that.
type Route = kit.Route[*Surface]

// Table lists the routes, in the order in which people meet them.
func Table() []Route {
	return append(ownRoutes(), openRoutes()...)
}

func ownRoutes() []Route {
	authenticator, session := []string{"authenticator"}, []string{"session"}
	does := func(command policy.Command) []policy.Command { return []policy.Command{command} }
	add, rename, remove := does(policy.CommandAddAuthenticator), does(policy.CommandRenameAuthenticator), does(policy.CommandRemoveAuthenticator)
	prefer := does(policy.CommandMakeDefault)
	return []Route{
		{Method: "GET", Pattern: "/account", Page: (*Surface).overview},
		{Method: "GET", Pattern: "/account/password", Commands: does(policy.CommandChangePassword), Page: (*Surface).password},
		{Method: "POST", Pattern: "/account/password", Commands: does(policy.CommandChangePassword), Page: (*Surface).changePassword},
		{Method: "GET", Pattern: "/account/authenticators", Page: (*Surface).authenticators},
		{Method: "GET", Pattern: "/account/authenticators/new", Commands: add, Page: (*Surface).choose},
		{Method: "POST", Pattern: "/account/authenticators/new", Commands: add, Page: (*Surface).chosen},
		{Method: "GET", Pattern: "/account/authenticators/new/passkey", Commands: add, Page: (*Surface).setUpPasskey},
		{Method: "POST", Pattern: "/account/authenticators/new/passkey", Commands: add, Page: (*Surface).confirmPasskey},
		{Method: "GET", Pattern: "/account/authenticators/new/totp", Commands: add, Page: (*Surface).setUpApp},
		{Method: "POST", Pattern: "/account/authenticators/new/totp", Commands: add, Page: (*Surface).confirmApp},
		{Method: "GET", Pattern: "/account/authenticators/new/sms", Commands: add, Page: (*Surface).setUpNumber},
		{Method: "POST", Pattern: "/account/authenticators/new/sms", Commands: add, Page: (*Surface).sendCode},
		{Method: "GET", Pattern: "/account/authenticators/new/sms-verify", Commands: add, Page: (*Surface).enterCode},
		{Method: "POST", Pattern: "/account/authenticators/new/sms-verify", Commands: add, Page: (*Surface).confirmNumber},
		{Method: "GET", Pattern: "/account/authenticators/{authenticator}/rename", Names: authenticator, Commands: rename, Page: (*Surface).rename},
		{Method: "POST", Pattern: "/account/authenticators/{authenticator}/rename", Names: authenticator, Commands: rename, Page: (*Surface).saveName},
		{Method: "GET", Pattern: "/account/authenticators/{authenticator}/default", Names: authenticator, Commands: prefer, Page: (*Surface).askDefault},
		{Method: "POST", Pattern: "/account/authenticators/{authenticator}/default", Names: authenticator, Commands: prefer, Page: (*Surface).makeDefault},
		{Method: "GET", Pattern: "/account/authenticators/{authenticator}/remove", Names: authenticator, Commands: remove, Page: (*Surface).askRemove},
		{Method: "POST", Pattern: "/account/authenticators/{authenticator}/remove", Names: authenticator, Commands: remove, Page: (*Surface).remove},
		{Method: "GET", Pattern: "/account/pin", Commands: does(policy.CommandChangePIN), Page: (*Surface).pin},
		{Method: "POST", Pattern: "/account/pin", Commands: does(policy.CommandChangePIN), Page: (*Surface).savePIN},
		{Method: "GET", Pattern: "/account/recovery-sheet", Page: (*Surface).sheet},
		{Method: "GET", Pattern: "/account/sessions", Commands: []policy.Command{policy.CommandEndOwnSession, policy.CommandSignOutEverywhere}, Page: (*Surface).sessions},
		{Method: "POST", Pattern: "/account/sessions/{session}/end", Names: session, Commands: does(policy.CommandEndOwnSession), Page: (*Surface).endSession},
		{Method: "GET", Pattern: "/account/sessions/end", Commands: does(policy.CommandSignOutEverywhere), Page: (*Surface).askEndAll},
		{Method: "POST", Pattern: "/account/sessions/end", Commands: does(policy.CommandSignOutEverywhere), Page: (*Surface).endAll},
		{Method: "GET", Pattern: "/account/activity", Page: (*Surface).recent},
		{Method: "GET", Pattern: "/account/activity.csv", Commands: does(policy.CommandExportEvents), Page: (*Surface).exportCSV},
		{Method: "GET", Pattern: "/account/activity.jsonl", Commands: does(policy.CommandExportEvents), Page: (*Surface).exportLines},
	}
}

func openRoutes() []Route {
	link := []string{"link"}
	uses := []policy.Command{
		policy.CommandAcceptInvite, policy.CommandResetByLink, policy.CommandUnlockByLink, policy.CommandConfirmByLink, policy.CommandFreezeByLink,
	}
	return []Route{
		{Method: "GET", Pattern: "/account/forgot", Public: (*Surface).forgot},
		{Method: "POST", Pattern: "/account/forgot", Commands: []policy.Command{policy.CommandRequestPasswordReset}, Public: (*Surface).sendReset},
		{Method: "GET", Pattern: "/account/unlock", Public: (*Surface).unlock},
		{Method: "POST", Pattern: "/account/unlock", Commands: []policy.Command{policy.CommandRequestUnlock}, Public: (*Surface).sendUnlock},
		{Method: "GET", Pattern: "/account/link/{link}", Names: link, Public: (*Surface).link},
		{Method: "POST", Pattern: "/account/link/{link}", Names: link, Commands: uses, Public: (*Surface).useLink},
		{Method: "GET", Pattern: "/account/done/{what}", Public: (*Surface).done},
		{Method: "GET", Pattern: "/.well-known/change-password", Public: (*Surface).changePasswordHere},
	}
}

// Routes mounts the app.
func (s *Surface) Routes(mux *http.ServeMux) {
	kit.Mount(s.kit, mux, s, Table())
	// Other methods at a link's address are mounted too: the log would show it as an unknown address otherwise, with the token.
	mux.Handle("/account/link/{link}", s.Pages.MethodNotAllowed("GET, HEAD, POST"))
	mux.Handle("/account/link/", s.Pages.NotFound())
}
