package support

import (
	"errors"
	"net/http"
	"net/url"

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
	Email   web.Input
	Offered []web.Link   // people whom the text finds, if it finds several
	Name    string       // of the person, once one is found
	App     *web.Options // the apps of that person's practice, and then the others
	Answer  *explanation
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
	f := s.frame(v, inExplain, "explain", "Explain a sign-in")
	f.Wide = true
	status, body := http.StatusOK, explainBody{Email: web.Input{Name: "email", Label: "Person", Hint: "Part of a name or an email address.", Type: "search", Autocomplete: "off"}}
	user, app := idp.UserID(r.URL.Query().Get("user")), idp.ClientID(r.URL.Query().Get("app"))
	if user != "" || email != "" {
		email, err = s.answer(r, v, user, email, app, &body)
	}
	switch {
	case errors.Is(err, idp.ErrNotFound):
		status, f.Alert = http.StatusNotFound, &web.Alert{Text: "Nobody is called that, or there is no such app.", Target: "email", AtField: true}
		body.Email.Error = f.Alert.Text
	case err != nil:
		return err
	}
	body.Email.Value = email
	return s.show(w, r, status, "explain", f, body)
}

// answer fills in the apps that the person may be asked about, and the explanation if one of them was chosen. It returns the e-mail
// address of the person, or what was typed.
func (s *Surface) answer(r *http.Request, v door.Visitor, user idp.UserID, typed string, app idp.ClientID, body *explainBody) (string, error) {
	if user == "" {
		found, _, err := s.People.SearchPeople(r.Context(), v.Caller, typed, v.Now)
		if err == nil && len(found) == 0 {
			err = idp.ErrNotFound
		}
		if err != nil {
			return typed, err
		}
		if len(found) > 1 {
			for _, each := range found {
				body.Offered = append(body.Offered, web.Link{
					URL:   web.WithQuery(at("explain"), url.Values{"user": {string(each.User.ID)}, "app": {string(app)}}),
					Label: people.Name(each.User) + ", " + each.User.Username + ", " + each.Practice.Name,
				})
			}
			return typed, nil
		}
		user = found[0].User.ID
	}
	detail, err := s.People.FindUser(r.Context(), v.Caller, user, v.Now)
	if err != nil {
		return typed, err
	}
	apps, err := s.appNames(r.Context(), v)
	if err != nil {
		return typed, err
	}
	u, practice := detail.Account.User, detail.Account.Practice
	body.Name, body.App = people.Name(u), appChoice(practice, apps, app)
	if app == "" {
		return u.Username, nil
	}
	story, err := s.People.ExplainSignin(r.Context(), v.Caller, user, app, v.Now)
	if err != nil {
		return u.Username, err
	}
	told := answerOf(story, v)
	body.Answer = &told
	return u.Username, nil
}

// appChoice offers the apps that the people of a practice can have, those that it has first.
func appChoice(practice idp.Practice, apps []idp.Client, chosen idp.ClientID) *web.Options {
	options := web.Options{Name: "app", Label: "App"}
	var others []web.Option
	for _, app := range apps {
		option := web.Option{Value: string(app.ID), Label: app.Name, Chosen: app.ID == chosen}
		has := app.Access == idp.AccessEveryone || practice.Kind == idp.PracticeAPS || practice.HasApp(app.ID)
		switch {
		case has:
			options.Options = append(options.Options, option)
		case app.Access != idp.AccessStaff:
			option.Label += " (the practice doesn’t have it)"
			others = append(others, option)
		}
	}
	options.Options = append(options.Options, others...)
	return &options
}

func answerOf(e directory.SigninExplanation, v door.Visitor) explanation {
	a := explanation{
		Name: people.Name(e.User), UserURL: userPath(e.User.ID), Practice: e.Practice.Name, URL: practicePath(e.Practice.ID), App: e.Client.Name,
		Enters: e.Access == policy.AccessGranted, Access: accessWords(e.Access), MFA: e.Required.MFA(), PIN: e.HasPIN,
		Locks: people.Locks(e.Locks, v.Now, v.Zone()), SetUp: setUpWords(e.Kinds),
	}
	a.Why = "No rule asks for it. The app itself can still ask in a sign-in, for something that needs it."
	if !a.Enters {
		a.MFA, a.Why = false, ""
	}
	for _, rule := range e.Rules {
		row := ruleRow{Applies: rule.Applies, Decides: a.MFA && rule.Reason == e.Required.Reason, From: web.NewDay(rule.From, e.Practice.Place())}
		row.Name, row.Meaning = ruleWords(rule.Reason)
		if row.Decides {
			a.Why = row.Meaning
		}
		a.Rules = append(a.Rules, row)
	}
	for _, event := range e.Signins {
		a.Signins = append(a.Signins, signinRow{
			Entry: activity.Describe(event), At: web.NewMoment(event.At, v.Now, v.Zone()),
			Address: event.Address, Device: activity.Device(event.UserAgent),
		})
	}
	for _, story := range e.Sessions {
		row := storyRow{
			Since: web.NewMoment(story.Session.AuthTime, v.Now, v.Zone()), Active: web.NewMoment(story.Session.LastActivity, v.Now, v.Zone()),
			Ended: web.NewMoment(story.Session.EndedAt, v.Now, v.Zone()), Alive: story.Alive, MFA: story.Session.ACR.Satisfies(idp.ACRMFA),
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
