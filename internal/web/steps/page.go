package steps

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/signin"
	"github.com/apscloud/apsid/internal/web"
)

// page is the data for the template of a step. Parts that belong to other steps are zero.
type page struct {
	Action  string // where the form goes; "" is the page's own address
	App     string
	AppURI  string
	Support web.Support

	Other bool // there is another way
	Back  bool // to the step before

	Email, Password, Code, Phone, PIN, PINConfirm, NewPassword web.Input

	Again    bool   // security codes are set up for a second time in this sign-in
	NextCode int    // seconds until the app shows the next code; 0: not said
	Username string // for password managers
	Weak     string // what is wrong with the password
	Confirm  bool   // a code comes before the choice

	Passkey  string // what the browser is asked; "" if it is asked for no passkey
	Unknown  string // the passkey that no one has here
	Passkeys bool   // they are among the kinds

	Helper string // whom to ask for an enrolment code

	Kinds        []option
	KindError    string
	Countries    []web.Option
	CountryError string

	web.Scan
	Message message
	Ending  endingPage
}

// option is one line of a choice.
type option struct {
	Value, Label, Hint string
	Recommended        bool
	Passkey            bool // only where the browser has them
}

// message is the text message that was sent.
type message struct {
	Phone     string // masked
	At, Until web.ClockTime
	Wait      int           // seconds until it may be sent again; 0: now
	Clock     web.ClockTime // the same, by the clock: a whole minute
	Itself    bool          // nothing was sent yet, and only the time between two messages is in the way: the page sends it as soon as it may
}

// endingPage is an ending with its clock time.
type endingPage struct {
	ending
	Until  *web.ClockTime
	Unlock bool      // a link sent by e-mail ends the lock
	Way    *web.Link // where a person who may not enter the app can go; nil: back to the app
}

// render shows the page of the view's step; with a problem, as a rejected form.
func (s *Surface) render(w http.ResponseWriter, r *http.Request, v visit, status int, view signin.View, problem *signin.Problem) error {
	if view.TimeZone == "" {
		view.TimeZone = s.timeZone
	}
	frame := web.Frame{Step: string(view.State), Language: view.Place().Language(), Wide: view.State == signin.StateTOTPSetup, FormTargets: []string{view.RedirectURI}}
	wrong := mistake{}
	if problem != nil {
		wrong = newMistake(*problem, view, v.now)
		frame.Alert = wrong.alert()
	} else {
		frame.Note = noteWords(view, v.now)
	}
	body := page{Action: v.action, App: view.App, AppURI: view.AppURI, Support: s.pages.Support(), Other: view.Other, Back: view.Back, Again: view.Again, Passkey: view.Passkey, Unknown: view.Unknown}
	if err := s.fill(&body, view, wrong, v.now); err != nil {
		return err
	}
	frame.Passkeys = body.Passkey != "" || body.Passkeys || view.State == signin.StateOfferPasskey
	looks := web.NewLooks(view.Client, view.App, view.Accent, view.Logo)
	frame.Title, frame.Body, frame.Looks = heading(view, body), body, &looks
	if view.Steps > 0 {
		frame.Progress = fmt.Sprintf("Step %d of %d", view.Step, view.Steps)
	}
	if view.State != signin.StatePassword {
		frame.Context = &web.Context{App: view.App, Username: view.Username, Practice: view.Practice}
		if view.State != signin.StateEnded { // its page leads back to the app anyway
			frame.Context.Restart = view.AppURI
		}
	}
	s.confirming(r, view, &frame)
	s.pages.Render(w, r, status, "signin/"+string(view.State), frame)
	return nil
}

// confirming says on the steps that ask for a proof that the person is signed in already, and what they prove again who they are for.
func (s *Surface) confirming(r *http.Request, view signin.View, frame *web.Frame) {
	act := s.cookies.Act(r, view.Client)
	asks := view.State == signin.StatePassword || view.State == signin.StateTOTP || view.State == signin.StateSMS || view.State == signin.StatePasskey
	if act == "" || !asks {
		return
	}
	frame.Title = "Confirm it’s you"
	if frame.Context == nil {
		frame.Context = &web.Context{}
	}
	frame.Context.Act = act
}

// heading is the heading of the page.
func heading(view signin.View, body page) string {
	switch view.State {
	case signin.StatePassword:
		return "Sign in to " + view.App
	case signin.StateChoose:
		if view.Again {
			return "Set up your security codes again"
		}
		if body.Passkeys {
			return "Choose how to sign in"
		}
		return "Choose how to get your security codes"
	case signin.StatePasskey:
		return "Use your passkey"
	case signin.StatePasskeySetup:
		return "Set up a passkey"
	case signin.StateEnrolmentCode:
		return "Ask for a code to add a passkey"
	case signin.StateTOTPSetup:
		return "Set up your authenticator app"
	case signin.StateSMSSetup:
		return "Get codes by text message"
	case signin.StateSMSVerify:
		return "Check your text messages"
	case signin.StateRecoveryPIN:
		if view.Again {
			return "Create a new recovery PIN"
		}
		return "Create a recovery PIN"
	case signin.StateRecover:
		return "Can’t access your device?"
	case signin.StateRevoke:
		return "Revoke MFA and set it up again?"
	case signin.StateNewPassword:
		return "Your password is easy to guess"
	case signin.StateOfferPasskey:
		return "Sign in without a code next time"
	case signin.StateEnded:
		return body.Ending.Title
	default:
		return "Enter your security code"
	}
}

// fill fills in the parts that belong to the step.
func (s *Surface) fill(body *page, view signin.View, wrong mistake, now time.Time) error {
	switch view.State {
	case signin.StatePassword:
		body.Email, body.Password = emailField(view, wrong), passwordField(view, wrong)
	case signin.StateChoose:
		body.Kinds, body.KindError = kinds(view), wrong.at("kind")
		body.Passkeys = slices.Contains(view.Kinds, idp.KindPasskey)
	case signin.StateTOTPSetup:
		var err error
		body.Code = codeField(view.State, wrong, s.pages.Brand())
		body.Scan, err = web.NewScan(view.TOTPLink, view.TOTPKey, s.qrCode)
		return err
	case signin.StateSMSSetup:
		body.Countries, body.CountryError, body.Phone = web.Countries(view.Country), wrong.at("country"), web.PhoneField(view.Phone, wrong.at("phone"))
	case signin.StateSMSVerify, signin.StateSMS:
		body.Code, body.Message = codeField(view.State, wrong, s.pages.Brand()), newMessage(view, now)
	case signin.StateTOTP:
		body.Code, body.NextCode = codeField(view.State, wrong, s.pages.Brand()), nextCode(view, now)
		if body.NextCode > 0 {
			body.Code.Describes = []string{"next-code"}
		}
	case signin.StateRecoveryPIN:
		body.PIN, body.PINConfirm = pinField(wrong), web.PINField("pin_confirm", "Enter the PIN again", "PIN you entered again", wrong.at("pin_confirm"))
		body.PIN.Autofocus, body.PIN.Describes = false, []string{"pin-rules"}
	case signin.StateEnrolmentCode:
		body.Code, body.Helper = enrolmentField(wrong), giverWords(view.Helper, body.Support.Name)
	case signin.StateRecover:
		body.PIN = pinField(wrong)
	case signin.StateNewPassword:
		body.Username, body.Weak, body.Confirm = view.Username, view.Weak.Text(), view.Confirm
		body.NewPassword = web.NewPassword(wrong.at("new_password"), false) // what is said above the field comes first
	case signin.StatePasskey, signin.StatePasskeySetup, signin.StateRevoke, signin.StateOfferPasskey:
	case signin.StateEnded:
		body.Ending = newEnding(view, body.Support, now)
	default:
		return fmt.Errorf("no page for the step %q", view.State)
	}
	return nil
}

func newMessage(view signin.View, now time.Time) message {
	return message{
		Phone:  view.Phone,
		At:     web.NewClockTime(view.SentAt, now, view.Place()),
		Until:  web.NewClockTime(view.ExpiresAt, now, view.Place()),
		Wait:   seconds(view.ResendAt.Sub(now)),
		Clock:  web.NewClockTime(wholeMinute(view.ResendAt), now, view.Place()),
		Itself: view.SentAt.IsZero() && view.ResendAt.Sub(now) <= signin.ResendAfter,
	}
}

// nextCode is in how many seconds the app shows the next code. Of a code that is older or newer than that of the server's clock it is
// not said: the phone's clock is another one.
func nextCode(view signin.View, now time.Time) int {
	const period = 30 * time.Second
	if left := view.NextCode.Sub(now); left <= period {
		return seconds(left)
	}
	return 0
}

func newEnding(view signin.View, support web.Support, now time.Time) endingPage {
	e := endingPage{ending: endingWords(view, support.Name), Unlock: view.Unlock}
	if view.Ending == signin.EndingLocked && !view.Until.IsZero() {
		until := web.NewClockTime(view.Until, now, view.Place())
		e.Until = &until
	}
	if view.Ending == signin.EndingNoAccess && view.Client != idp.AppAccount { // the app would only lead here again
		e.Way = &web.Link{URL: "/account", Label: "Go to your account"}
	}
	return e
}

func kinds(view signin.View) []option {
	var all []option
	for _, kind := range view.Kinds {
		switch kind {
		case idp.KindPasskey:
			all = append(all, option{Value: string(kind), Label: "Passkey", Recommended: true, Passkey: true, Hint: "Use your face, fingerprint or screen lock. There is no code to type, and a false page can’t trick you."})
		case idp.KindTOTP:
			all = append(all, option{Value: string(kind), Label: "Authenticator app", Recommended: view.Kinds[0] == kind, Hint: "An app on your phone shows a code. Works without reception, and is safer than a text message."})
		case idp.KindSMS:
			all = append(all, option{Value: string(kind), Label: "Text message", Hint: "We text a code to your mobile. Australian, New Zealand and UK numbers only."})
		}
	}
	return all
}
