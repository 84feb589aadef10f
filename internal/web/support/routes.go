package support

import (
	"net/http"

	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/web/kit"
)

// Route is a page or a form of the support desk. Only members of APS staff may use them: package door turns others away before
// anything is read.
type Route = kit.Route[*Surface]

// Table lists the routes, in the order in which people meet them.
func Table() []Route {
	practice, user, one := []string{"practice"}, []string{"user"}, []string{"case"}
	does := func(commands ...policy.Command) []policy.Command { return commands }
	app, remove := []string{"practice", "app"}, does(policy.CommandRemovePracticeApp)
	mandate := does(policy.CommandRequireMFA, policy.CommandStopRequiringMFA)
	export := does(policy.CommandExportEvents)
	answers := does(policy.CommandActivateMFA, policy.CommandDeclineActivation)
	return []Route{
		{Method: "GET", Pattern: "/support", Page: (*Surface).desk},
		{Method: "GET", Pattern: "/support/people", Page: (*Surface).people},
		{Method: "GET", Pattern: "/support/explain", Page: (*Surface).explain},

		{Method: "GET", Pattern: "/support/practices", Page: (*Surface).practices},
		{Method: "GET", Pattern: "/support/new-practice", Commands: does(policy.CommandCreatePractice), Page: (*Surface).newPractice},
		{Method: "POST", Pattern: "/support/new-practice", Commands: does(policy.CommandCreatePractice), Page: (*Surface).createPractice},
		{Method: "GET", Pattern: "/support/practices/{practice}", Names: practice, Page: (*Surface).practice},
		{Method: "GET", Pattern: "/support/practices/{practice}/edit", Names: practice, Commands: does(policy.CommandEditPractice), Act: naming("Edit"), Page: (*Surface).editPractice},
		{Method: "POST", Pattern: "/support/practices/{practice}/edit", Names: practice, Commands: does(policy.CommandEditPractice), Page: (*Surface).savePractice},
		{Method: "POST", Pattern: "/support/practices/{practice}/apps", Names: practice, Commands: does(policy.CommandAddPracticeApp), Page: (*Surface).addApp},
		{Method: "GET", Pattern: "/support/practices/{practice}/apps/{app}/remove", Names: app, Commands: remove, Act: naming("Take an app away from"), Page: (*Surface).askRemoveApp},
		{Method: "POST", Pattern: "/support/practices/{practice}/apps/{app}/remove", Names: app, Commands: remove, Page: (*Surface).removeApp},
		{Method: "GET", Pattern: "/support/practices/{practice}/passkeys", Names: practice, Commands: does(policy.CommandEditPractice), Act: naming("Change who needs a passkey in"), Page: (*Surface).passkeys},
		{Method: "POST", Pattern: "/support/practices/{practice}/passkeys", Names: practice, Commands: does(policy.CommandEditPractice), Page: (*Surface).savePasskeys},
		{Method: "GET", Pattern: "/support/practices/{practice}/mandatory", Names: practice, Commands: mandate, Act: naming("Make MFA mandatory for"), Page: (*Surface).mandatory},
		{Method: "POST", Pattern: "/support/practices/{practice}/mandatory", Names: practice, Commands: mandate, Page: (*Surface).setMandatory},
		{Method: "GET", Pattern: "/support/practices/{practice}/suspend", Names: practice, Commands: does(policy.CommandSuspendPractice), Act: naming("Suspend"), Page: (*Surface).suspendPage},
		{Method: "POST", Pattern: "/support/practices/{practice}/suspend", Names: practice, Commands: does(policy.CommandSuspendPractice), Page: (*Surface).suspend},
		{Method: "GET", Pattern: "/support/practices/{practice}/resume", Names: practice, Commands: does(policy.CommandResumePractice), Act: naming("Resume"), Page: (*Surface).resumePage},
		{Method: "POST", Pattern: "/support/practices/{practice}/resume", Names: practice, Commands: does(policy.CommandResumePractice), Page: (*Surface).resume},
		{Method: "GET", Pattern: "/support/practices/{practice}/activation", Names: practice, Commands: answers, Act: naming("Answer the request of"), Page: (*Surface).activation},
		{Method: "POST", Pattern: "/support/practices/{practice}/activation", Names: practice, Commands: answers, Page: (*Surface).answerActivation},
		{Method: "GET", Pattern: "/support/practices/{practice}/activity", Names: practice, Page: (*Surface).activity},
		{Method: "GET", Pattern: "/support/practices/{practice}/activity.csv", Names: practice, Commands: export, Page: (*Surface).exportCSV},
		{Method: "GET", Pattern: "/support/practices/{practice}/activity.jsonl", Names: practice, Commands: export, Page: (*Surface).exportLines},

		{Method: "GET", Pattern: "/support/users/{user}", Names: user, Page: (*Surface).user},
		{Method: "GET", Pattern: "/support/users/{user}/case", Names: user, Commands: does(policy.CommandOpenCase), Act: opening, Page: (*Surface).newCase},
		{Method: "POST", Pattern: "/support/users/{user}/case", Names: user, Commands: does(policy.CommandOpenCase), Page: (*Surface).openCase},

		{Method: "GET", Pattern: "/support/cases", Page: (*Surface).cases},
		{Method: "GET", Pattern: "/support/cases/{case}", Names: one, Page: (*Surface).showCase},
		{Method: "POST", Pattern: "/support/cases/{case}/code", Names: one, Commands: does(policy.CommandSendCaseCode), Page: (*Surface).sendCode},
		{Method: "POST", Pattern: "/support/cases/{case}/check", Names: one, Commands: does(policy.CommandRecordCheck), Page: (*Surface).recordCheck},
		{Method: "POST", Pattern: "/support/cases/{case}/submit", Names: one, Commands: does(policy.CommandSubmitCase), Page: (*Surface).submitCase},
		{Method: "POST", Pattern: "/support/cases/{case}/decide", Names: one, Commands: does(policy.CommandApproveCase, policy.CommandRefuseCase), Page: (*Surface).decideCase},
		{Method: "POST", Pattern: "/support/cases/{case}/perform", Names: one, Commands: does(policy.CommandPerformCase), Page: (*Surface).performCase},
		{Method: "POST", Pattern: "/support/cases/{case}/close", Names: one, Commands: does(policy.CommandCloseCase), Page: (*Surface).closeCase},
	}
}

// Routes mounts the app.
func (s *Surface) Routes(mux *http.ServeMux) { kit.Mount(s.kit, mux, s, Table()) }
