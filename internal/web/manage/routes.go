package manage

import (
	"net/http"

	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/web/kit"
)

// Route is a page or a form of the app. Every person with User Management+ access in their own practice may use each. The
// objects that it names must belong to that practice, and package directory says what the visitor may do to them.
type Route = kit.Route[*Surface]

// Table lists the routes, in the order in which people meet them.
func Table() []Route {
	user, session, client := []string{"user"}, []string{"user", "session"}, []string{"client"}
	does := func(commands ...policy.Command) []policy.Command { return commands }
	table := []Route{
		{Method: "GET", Pattern: "/manage", Page: (*Surface).people},
		{Method: "GET", Pattern: "/manage/invite", Commands: does(policy.CommandInviteUser), Page: (*Surface).invite},
		{Method: "POST", Pattern: "/manage/invite", Commands: does(policy.CommandInviteUser), Page: (*Surface).sendInvite},
		{Method: "GET", Pattern: "/manage/import", Commands: does(policy.CommandImportPeople), Page: (*Surface).importing},
		{Method: "POST", Pattern: "/manage/import", Page: (*Surface).upload},
		{Method: "GET", Pattern: "/manage/import/check", Commands: does(policy.CommandImportPeople), Page: (*Surface).check},
		{Method: "GET", Pattern: "/manage/import/run", Page: (*Surface).running},
		{Method: "POST", Pattern: "/manage/import/run", Commands: does(policy.CommandImportPeople), Page: (*Surface).runImport},
		{Method: "GET", Pattern: "/manage/users/{user}", Names: user, Page: (*Surface).person},
		{Method: "GET", Pattern: "/manage/users/{user}/edit", Names: user, Commands: does(policy.CommandEditUser), Act: naming("Edit"), Page: (*Surface).edit},
		{Method: "POST", Pattern: "/manage/users/{user}/edit", Names: user, Commands: does(policy.CommandEditUser), Page: (*Surface).saveEdit},
		{Method: "GET", Pattern: "/manage/users/{user}/access", Names: user, Commands: does(policy.CommandEditUser), Act: naming("Change the rights of"), Page: (*Surface).access},
		{Method: "POST", Pattern: "/manage/users/{user}/access", Names: user, Commands: does(policy.CommandEditUser), Page: (*Surface).saveAccess},
		{Method: "POST", Pattern: "/manage/users/{user}/sessions/{session}/end", Names: session, Commands: does(policy.CommandEndSession), Page: (*Surface).endSession},
	}
	for _, a := range actions() {
		table = append(table,
			Route{Method: "GET", Pattern: "/manage/users/{user}/" + a.command.Verb(), Names: user, Commands: does(a.command), Act: naming(a.title), Page: a.ask},
			Route{Method: "POST", Pattern: "/manage/users/{user}/" + a.command.Verb(), Names: user, Commands: does(a.command), Page: a.act})
	}
	a := enrolment()
	table = append(table,
		Route{Method: "GET", Pattern: "/manage/users/{user}/" + a.command.Verb(), Names: user, Commands: does(a.command), Act: naming(a.title), Page: a.ask},
		Route{Method: "POST", Pattern: "/manage/users/{user}/" + a.command.Verb(), Names: user, Commands: does(a.command), Page: (*Surface).giveEnrolment})
	table = append(table, Route{Method: "POST", Pattern: "/manage/batch", Page: (*Surface).choose})
	for _, a := range batchActions() {
		table = append(table,
			Route{Method: "GET", Pattern: batches + "/" + a.command.Verb(), Commands: does(a.command), Page: a.confirm},
			Route{Method: "POST", Pattern: batches + "/" + a.command.Verb(), Commands: does(a.command), Page: a.act})
	}
	return append(table,
		Route{Method: "GET", Pattern: "/manage/mfa", Page: (*Surface).mfa},
		Route{Method: "GET", Pattern: "/manage/mfa.csv", Page: (*Surface).exportMFA},
		Route{Method: "GET", Pattern: "/manage/passkeys", Commands: does(policy.CommandEditPractice), Act: change, Page: (*Surface).passkeys},
		Route{Method: "POST", Pattern: "/manage/passkeys", Commands: does(policy.CommandEditPractice), Page: (*Surface).savePasskeys},
		Route{Method: "POST", Pattern: "/manage/mfa/request", Commands: does(policy.CommandRequestActivation), Page: (*Surface).requestMFA},
		Route{Method: "POST", Pattern: "/manage/mfa/withdraw", Commands: does(policy.CommandWithdrawActivation), Page: (*Surface).withdrawMFA},
		Route{Method: "GET", Pattern: "/manage/integrations", Page: (*Surface).integrations},
		Route{Method: "GET", Pattern: "/manage/integrations/{client}", Names: client, Page: (*Surface).integration},
		Route{Method: "POST", Pattern: "/manage/integrations/{client}", Names: client, Commands: does(policy.CommandEditClient), Page: (*Surface).saveIntegration},
		Route{Method: "GET", Pattern: "/manage/activity", Page: (*Surface).activity},
		Route{Method: "GET", Pattern: "/manage/activity.csv", Commands: does(policy.CommandExportEvents), Page: (*Surface).exportCSV},
		Route{Method: "GET", Pattern: "/manage/activity.jsonl", Commands: does(policy.CommandExportEvents), Page: (*Surface).exportLines},
	)
}

// Routes mounts the app.
func (s *Surface) Routes(mux *http.ServeMux) { kit.Mount(s.kit, mux, s, Table()) }
