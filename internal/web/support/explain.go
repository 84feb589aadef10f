package support

import (
	"errors"
	"net/http"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/web"
	"github.com/apscloud/apsid/internal/web/activity"
	"github.com/apscloud/apsid/internal/web/door"
	"github.com/apscloud/apsid/internal/web/people"
)

// explainBody is the form that asks for a person and an app, and the answer.
type explainBody struct {
	Email  web.Input
	App    web.Options
	Answer *explanation
}

// explanation is why a person can or can't enter an app, and why MFA is asked for or not.
type explanation struct {
	Name, UserURL string
	Practice, URL string
	App           string
	Enters        bool
	Access        string
	MFA           bool
	Why           string // the rule that decides, in words
	Rules         []ruleRow
	SetUp         string // the kinds of authenticator that the person has set up, in words
	PIN           bool
	Locks         []people.Lock
	Signins       []signinRow
	Sessions      []storyRow
}

type ruleRow struct {
	Name, Meaning string
	Applies       bool
	Decides       bool
	From          web.ClockTime
}

type signinRow struct {
	activity.Entry
	At              web.ClockTime
	Methods         string
	Address, Device string
}

type storyRow struct {
	Since, Active, Ended web.ClockTime
	Alive, MFA           bool
	End                  string
}

func (s *Surface) explain(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	email, err := word(r, "email")
	if err != nil {
		return err
	}
	user, app := idp.UserID(r.URL.Query().Get("user")), idp.ClientID(r.URL.Query().Get("app"))
	apps, err := s.appNames(r.Context(), v)
	if err != nil {
		return err
	}
	f := s.frame(v, inExplain, "explain", "Explain a sign-in")
	f.Wide = true
	body := explainBody{
		App:   web.Options{Name: "app", Label: "App"},
		Email: web.Input{Name: "email", Label: "Email address of the person", Type: "email", Autocomplete: "off"},
	}
	for _, each := range apps {
		body.App.Options = append(body.App.Options, web.Option{Value: string(each.ID), Label: each.Name, Chosen: each.ID == app})
	}
	status := http.StatusOK
	if app != "" && (user != "" || email != "") {
		story, err := s.ask(r, v, user, email, app)
		switch {
		case errors.Is(err, idp.ErrNotFound):
			status, f.Alert = http.StatusNotFound, &web.Alert{Text: "Nobody has this email address, or there is no such app.", Target: "email", AtField: true}
			body.Email.Error = f.Alert.Text
		case err != nil:
			return err
		default:
			answer := answerOf(story, v)
			body.Answer, email = &answer, story.User.Username
		}
	}
	body.Email.Value = email
	return s.show(w, r, status, "explain", f, body)
}

// ask finds the person, by identifier or by the whole e-mail address, and asks for the explanation.
func (s *Surface) ask(r *http.Request, v door.Visitor, user idp.UserID, email string, app idp.ClientID) (directory.SigninExplanation, error) {
	if user == "" {
		found, err := s.People.FindPerson(r.Context(), v.Caller, email, v.Now)
		if err != nil {
			return directory.SigninExplanation{}, err
		}
		user = found.ID
	}
	return s.People.ExplainSignin(r.Context(), v.Caller, user, app, v.Now)
}

func answerOf(e directory.SigninExplanation, v door.Visitor) explanation {
	a := explanation{
		Name: people.Name(e.User), UserURL: userPath(e.User.ID), Practice: e.Practice.Name, URL: practicePath(e.Practice.ID), App: e.Client.Name,
		Enters: e.Access == policy.AccessGranted, Access: accessWords(e.Access), MFA: e.Required.MFA, PIN: e.HasPIN,
		Locks: people.Locks(e.Locks, v.Now, v.Zone()), SetUp: setUpWords(e.Kinds),
	}
	a.Why = "No rule asks for it. The app itself can still ask in a sign-in, for something that needs it."
	for _, rule := range e.Rules {
		row := ruleRow{Applies: rule.Applies, Decides: e.Required.MFA && rule.Reason == e.Required.Reason, From: web.NewDay(rule.From, e.Practice.Place())}
		row.Name, row.Meaning = ruleWords(rule.Reason)
		if row.Decides {
			a.Why = row.Meaning
		}
		a.Rules = append(a.Rules, row)
	}
	for _, event := range e.Signins {
		a.Signins = append(a.Signins, signinRow{
			Entry: activity.Describe(event), At: web.NewMoment(event.At, v.Now, v.Zone()), Methods: event.Details["amr"],
			Address: event.Address, Device: activity.Device(event.UserAgent),
		})
	}
	for _, story := range e.Sessions {
		row := storyRow{
			Since: web.NewMoment(story.Session.AuthTime, v.Now, v.Zone()), Active: web.NewMoment(story.Session.LastActivity, v.Now, v.Zone()),
			Ended: web.NewMoment(story.Session.EndedAt, v.Now, v.Zone()), Alive: story.Alive, MFA: story.Session.ACR == idp.ACRMFA,
		}
		if !story.Alive {
			row.End = endWords(story.Reason, story.By)
		}
		a.Sessions = append(a.Sessions, row)
	}
	return a
}

func setUpWords(kinds []idp.Kind) string {
	if len(kinds) == 0 {
		return "Nothing is set up. Where MFA is asked for, the next sign-in begins with setting it up"
	}
	return people.Kinds(kinds)
}
