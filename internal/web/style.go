package web

import "net/http"

// styleBody is what the style page shows: one of each component that has a Go type, in each of its states.
type styleBody struct {
	Plain, Wrong, Secret, Code Input
	Country, Rights            Options
	Reason, NoReason           Area
	Summary                    Alert
	Badges                     []Badge
	Pager                      Pager
	Menu                       Menu
	Confirm                    Confirm
	App                        Looks
}

// Style returns the handler of the style page of the demo: every component in every state, for designers and for the tests that compare
// its pictures.
func (p *Pages) Style() http.Handler {
	body := styleBody{
		Plain:    Input{Name: "name", Label: "Full name", Hint: "As it stands in messages.", Type: "text", Value: "Mia Chen", Autocomplete: "off"},
		Wrong:    Input{Name: "email", Label: "Email address", Error: "Enter an email address, like name@practice.example.", Type: "email", Value: "mia@", Autocomplete: "off"},
		Secret:   Input{Name: "password", Label: "Password", Type: "password", Autocomplete: "off", Reveal: "password"},
		Code:     Input{Name: "code", Label: "Security code", Hint: "6 digits.", Type: "text", Value: "123 456", Autocomplete: "off", Code: true, MaxLength: 9},
		Country:  Options{Name: "country", Label: "Country", Options: []Option{{Value: "AU", Label: "Australia (+61)", Chosen: true}, {Value: "NZ", Label: "New Zealand (+64)"}}},
		Reason:   Area{Name: "reason", Label: "Reason", Hint: "It is kept.", Value: "Lost the phone.", Optional: true},
		NoReason: Area{Name: "why", Label: "Why", Error: "Say why, in a few words."},
		Rights: Options{Name: "rights", Label: "Some of them", Error: "Choose one at least.", Options: []Option{
			{Value: "admin", Label: "System Administrator", Chosen: true}, {Value: "manage", Label: "User Management+", Hint: "Manages people."}, {Value: "off", Label: "Not now", Disabled: true},
		}},
		Summary: Alert{Lines: []Link{{URL: "#email", Label: "Enter an email address, like name@practice.example."}, {URL: "#why", Label: "Say why, in a few words."}}},
		Badges:  []Badge{{Text: "Not set up"}, {Tone: ToneInfo, Text: "Invited"}, {Tone: ToneGood, Text: "Set up"}, {Tone: ToneWarn, Text: "Locked"}, {Tone: ToneBad, Text: "Failed"}},
		Pager:   Pager{Shown: 2, First: "#s-table", Next: "#s-table", Of: "4 people"},
		Menu:    Menu{Label: "Actions for Tom Okafor", Items: []MenuItem{{URL: "#s-drawer", Label: "Reset MFA", Danger: true}}},
		Confirm: Confirm{
			Lead: "When you reset MFA for Tom Okafor:", Consequences: []string{"he is signed out of every app", "he sets it up again at his next sign-in"},
			Button: "Reset MFA", Danger: true, Cancel: "#s-confirm",
		},
		App: NewLooks("timesheets", "Cloud Timesheets", "", nil),
	}
	shell := Shell{App: "Style", Home: "/demo/style", Who: "Mia Chen", Username: "mia@harbourfinch.example", Practice: "Harbour & Finch Accounting", SignOut: "/demo/style"}
	shell.Nav = []NavItem{{URL: "/demo/style", Label: "Components", Current: true}, {URL: "/demo/style#s-empty", Label: "Empty states", Count: "3"}}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.Render(w, r, http.StatusOK, "style", Frame{Step: "style", Title: "Components", Body: body, Shell: &shell})
	})
}
