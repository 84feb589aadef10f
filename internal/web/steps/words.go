package steps

import (
	"strings"
	"time"

	"github.com/apscloud/apsid/internal/authenticator"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/passkey"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/signin"
	"github.com/apscloud/apsid/internal/web"
)

// problemWords words every problem, and warns of the lock that the next wrong tries lead to. Nothing here says which of user name and
// password was wrong.
func problemWords(problem signin.Problem, view signin.View, now time.Time) string {
	return strings.TrimSpace(oneProblem(problem, view, now) + " " + policy.TriesText(problem.Left, proofAt(view.State)))
}

// proofAt is what a step asks for.
func proofAt(step signin.State) idp.Proof {
	switch step {
	case signin.StatePassword:
		return idp.ProofPassword
	case signin.StateRecover:
		return idp.ProofPIN
	default:
		return idp.ProofCode
	}
}

func oneProblem(problem signin.Problem, view signin.View, now time.Time) string {
	switch problem.Code {
	case signin.ProblemMissing:
		if view.State == signin.StateEnrolmentCode {
			return "Enter the enrolment code."
		}
		return missingWords(problem.Field)
	case signin.ProblemTooLong:
		return "That is too long. Check it and try again."
	case signin.ProblemManyWrong:
		return "Too many wrong passwords have come from your network. Try again at " + web.NewClockTime(view.Until, now, view.Place()).Human +
			", use a browser in which you have signed in before, or choose a new password by email."
	case signin.ProblemCodeWrong:
		return authenticator.WrongCodeText(kindAt(view.State))
	case signin.ProblemSentTwice:
		return "This step was sent twice, or from another tab. " + againWords(problem.Field, kindAt(view.State))
	case signin.ProblemPINFormat, signin.ProblemPINRepeats, signin.ProblemPINRun, signin.ProblemPINPhone, signin.ProblemPINYear, signin.ProblemPINCommon:
		return policy.PINProblem(problem.Code).Text()
	case signin.ProblemPassword:
		return problem.Why.Text()
	case signin.ProblemCountryOther, signin.ProblemPhone, signin.ProblemPhoneNotMobile:
		return authenticator.PhoneProblem(problem.Code).Text()
	default:
		return fixedProblems()[problem.Code]
	}
}

func fixedProblems() map[signin.ProblemCode]string {
	return map[signin.ProblemCode]string{
		signin.ProblemCredentials:     "The email address or password is not right. Check both and try again.",
		signin.ProblemKind:            "Choose where to get your security codes from.",
		signin.ProblemCodeFormat:      authenticator.TextCodeFormat,
		signin.ProblemCodeClock:       authenticator.TextCodeClock,
		signin.ProblemCodeUsed:        authenticator.TextCodeUsed,
		signin.ProblemCodeExpired:     authenticator.TextCodeExpired,
		signin.ProblemCodeNone:        "We haven’t sent you a code yet. Choose “Send the code”.",
		signin.ProblemCountry:         "Choose the country of your mobile number.",
		signin.ProblemNumberRefused:   "We can’t reach that number by text. Check it, or go back and use an authenticator app.",
		signin.ProblemSendFailed:      "We couldn’t send the text message. Try again in a minute, or use an authenticator app.",
		signin.ProblemSMSClosed:       "We can’t send text messages to you right now. Go back and use an authenticator app.",
		signin.ProblemPasskey:         passkey.TextRefused,
		signin.ProblemEnrolmentFormat: "An enrolment code has 12 letters and digits. Check it and try again.",
		signin.ProblemEnrolmentWrong:  "That code is not right, was used already, or is older than 10 minutes. Check it, or ask for a new one.",
		signin.ProblemPINMismatch:     "The two PINs are not the same. Enter the same PIN twice.",
		signin.ProblemPINWrong:        "That PIN is not right. Check it and try again.",
	}
}

func missingWords(field string) string {
	switch field {
	case "username":
		return "Enter your email address."
	case "password":
		return "Enter your password."
	case "code":
		return "Enter the 6-digit code."
	case "phone":
		return "Enter your mobile number."
	case "country":
		return "Choose the country of your mobile number."
	case "kind":
		return "Choose where to get your security codes from."
	case "pin":
		return "Enter your recovery PIN."
	case "pin_confirm":
		return "Enter the PIN a second time."
	case "new_password":
		return web.MissingPassword
	case passkey.Field:
		return "Your browser sent no passkey. Try again, or use another way."
	default:
		return "Fill in the form."
	}
}

// againWords asks for what was not judged.
func againWords(field string, kind idp.Kind) string {
	switch {
	case field == "password":
		return "Enter your password again."
	case field == "code" && kind == idp.KindSMS:
		return "Enter the code of the newest text message."
	case field == "code":
		return "Enter the code that your app shows now."
	case field == "phone":
		return "Check the number and continue again."
	case field == "pin":
		return "Enter the PIN again."
	case field == "new_password":
		return "Enter the new password again."
	case field == "kind":
		return "Choose again."
	case field == passkey.Field:
		return "Use your passkey again."
	default:
		return "Continue again."
	}
}

// kindAt is the kind of authenticator that a step asks a code of.
func kindAt(step signin.State) idp.Kind {
	if step == signin.StateSMS || step == signin.StateSMSVerify {
		return idp.KindSMS
	}
	return idp.KindTOTP
}

// wait says when something may be done again: in seconds while it is less than two minutes, and by the clock after that.
func wait(view signin.View, now time.Time) string {
	left := view.ResendAt.Sub(now)
	switch {
	case left <= 0:
		return "now"
	case left < 2*time.Minute:
		return "in " + web.Count(seconds(left), "second", "seconds")
	default:
		return "at " + web.NewClockTime(view.ResendAt, now, view.Place()).Human
	}
}

// wholeMinute is the first minute by the clock that is not before at; zero stays zero.
func wholeMinute(at time.Time) time.Time {
	if at.IsZero() {
		return at
	}
	return at.Add(time.Minute - 1).Truncate(time.Minute)
}

// seconds rounds up; never below zero.
func seconds(left time.Duration) int { return max(0, int((left+time.Second-1)/time.Second)) }

// noteWords words every note; nil for none.
func noteWords(view signin.View, now time.Time) *web.Note {
	switch view.Note {
	case signin.NoteStartedAgain:
		return &web.Note{Tone: web.ToneInfo, Text: "That page was out of date, so we started again."}
	case signin.NoteCodeResent:
		return &web.Note{Tone: web.ToneGood, Text: "Sent again. It is the same code as before."}
	case signin.NoteCodeNotSent:
		return &web.Note{Tone: web.ToneWarn, Text: "We couldn’t send the text message. Try again in a minute, or " + instead(view) + "."}
	case signin.NoteSendWait:
		if view.SentAt.IsZero() && !now.Before(view.ResendAt) {
			return &web.Note{Tone: web.ToneInfo, Text: "We haven’t sent you a code yet. Choose “Send the code”."}
		}
		if view.SentAt.IsZero() { // what was sent a moment ago belongs to another sign-in, or to another number
			return &web.Note{Tone: web.ToneInfo, Text: "We texted a code a moment ago, so the next one has to wait a little."}
		}
		return &web.Note{Tone: web.ToneInfo, Text: "We sent a code a moment ago. You can ask for it again " + wait(view, now) + "."}
	case signin.NoteSMSClosed:
		return &web.Note{Tone: web.ToneWarn, Text: "We can’t send text messages to you right now. Try again " + wait(view, now) + ", or " + instead(view) + "."}
	case signin.NoteNumberRefused:
		return &web.Note{Tone: web.ToneWarn, Text: "We can’t reach that number by text. Check it, or " + instead(view) + "."}
	case signin.NoteMFARevoked:
		return &web.Note{Tone: web.ToneGood, Text: "MFA is revoked. Your old passkeys, authenticator apps and mobile numbers, and your old PIN, no longer work."}
	case signin.NoteMFASetUp:
		return &web.Note{Tone: web.ToneGood, Text: "Your security codes are set up."}
	case signin.NotePasskeySetUp:
		return &web.Note{Tone: web.ToneGood, Text: "Your passkey is set up."}
	case signin.NotePINUnusable:
		return &web.Note{Tone: web.ToneWarn, Text: "The recovery PIN can’t be used for 24 hours after a password reset."}
	default:
		return nil
	}
}

// instead is the way on without a text message: each page that can fail to send one has such a way.
func instead(view signin.View) string {
	switch {
	case view.Other:
		return "choose “Use another way”"
	case view.State == signin.StateSMS:
		return "choose “Can’t access your device?”"
	case view.State == signin.StateChoose:
		return "use an authenticator app"
	default:
		return "go back and use an authenticator app"
	}
}

// giverWords names who can make an enrolment code for the person.
func giverWords(helper signin.Helper, support string) string {
	switch helper {
	case signin.HelperAnother:
		return "another System Administrator of your practice, or " + support + ","
	case signin.HelperColleague:
		return "a colleague who manages people at APS"
	default:
		return "your practice’s System Administrator, or somebody with User Management+,"
	}
}

// ending is what the last page says when there was no way on.
type ending struct {
	Title   string
	Text    []string
	Steps   []string // what to do, in order
	Contact bool     // show whom to ask
}

func endingWords(view signin.View, support string) ending {
	steps, tell := helpers(view.Helper, support)
	switch view.Ending {
	case signin.EndingLocked:
		text := []string{"There were too many wrong tries, so we paused sign-in to protect your account."}
		if view.Until.IsZero() {
			return ending{Title: "Sign-in is locked", Text: append(text, "It stays locked until somebody has helped you."), Steps: steps, Contact: true}
		}
		return ending{Title: "Sign-in is paused", Text: append(text, "If it wasn’t you who tried, tell "+tell+".")}
	case signin.EndingForgottenPIN:
		return ending{Title: "If you don’t know your recovery PIN", Text: []string{"Only somebody who can check who you are can help you from here."}, Steps: steps, Contact: true}
	case signin.EndingNoPIN:
		return ending{Title: "You have no recovery PIN", Text: []string{"Only somebody who can check who you are can help you from here."}, Steps: steps, Contact: true}
	case signin.EndingNoAccess:
		return noAccess(view, support)
	default:
		return ending{Title: "This sign-in has ended", Text: []string{"Go back to the app and sign in again."}}
	}
}

// helpers says what to do when only somebody else can help, and whom to tell of tries that were not the person's own. Nobody is sent to
// themselves.
func helpers(helper signin.Helper, support string) (steps []string, tell string) {
	const resets = "They can reset your security codes in User Management+."
	switch helper {
	case signin.HelperAnother:
		return []string{
			"If your practice has another System Administrator, ask them. " + resets,
			"Otherwise contact " + support + ". They will check who you are first.",
		}, "another System Administrator of your practice, or " + support
	case signin.HelperColleague:
		return []string{"Ask a colleague at APS who looks after users. They will check who you are first."}, "a colleague at APS who looks after users"
	default:
		return []string{
			"Ask your practice’s System Administrator. " + resets,
			"If nobody in your practice can do that, contact " + support + ". They will check who you are first.",
		}, "your practice’s System Administrator"
	}
}

// noAccess says who may enter the app, and so whom to ask: at one that practices have, the practice; at the support desk, APS.
func noAccess(view signin.View, support string) ending {
	e := ending{
		Title:   "You can’t use " + view.App + " yet",
		Text:    []string{"Your sign-in is fine, but you don’t have access to " + view.App + " at " + practice(view) + "."},
		Steps:   []string{"Ask your practice’s System Administrator for access.", "If they need help, contact " + support + "."},
		Contact: true,
	}
	switch view.Access {
	case idp.AccessStaff:
		e.Title = "You can’t use the " + view.App
		e.Text = []string{"Your sign-in is fine, but the " + view.App + " is only for people who work at APS."}
		e.Steps = []string{"If you need help with an APS app, contact " + support + ".", "If you work at APS, ask a colleague who can give you access."}
	case idp.AccessManagers:
		e.Text = []string{"Your sign-in is fine, but this is for people who look after the users of " + practice(view) + ". You need access to " + view.App + "."}
	}
	return e
}

func practice(view signin.View) string {
	if view.Practice == "" {
		return "your practice"
	}
	return view.Practice
}
