package steps_test

import (
	"cmp"
	"strconv"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/passkey"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/signin"
)

// pageCase is a page as a person may meet it.
type pageCase struct {
	name    string
	view    signin.View
	problem *signin.Problem
}

const totpLink = "otpauth://totp/APS%20ID:jane@harbourfinch.example?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=APS%20ID"

// viewOf is a plausible view of the step.
func viewOf(step signin.State) signin.View {
	v := signin.View{
		State: step, Client: "timesheets", App: "Cloud Timesheets", AppURI: "https://timesheets.example.com/login",
		TimeZone: "Australia/Sydney", RedirectURI: "https://timesheets.example.com",
	}
	if step != signin.StatePassword {
		v.Username, v.Practice = "jane@harbourfinch.example", "Harbour & Finch Accounting"
	}
	switch step {
	case signin.StateChoose:
		v.Step, v.Steps = 1, 3
		v.Kinds = []idp.Kind{idp.KindTOTP, idp.KindSMS}
	case signin.StatePasskey:
		v.Passkey = `{"challenge":"Y2hhbGxlbmdl","rpId":"id.example.com"}`
	case signin.StatePasskeySetup:
		v.Passkey, v.Back = `{"challenge":"Y2hhbGxlbmdl","rp":{"id":"id.example.com"}}`, true
	case signin.StateTOTPSetup:
		v.TOTPKey, v.TOTPLink = "JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP", totpLink
	case signin.StateSMSSetup:
		v.Country = "AU"
	case signin.StateSMSVerify, signin.StateSMS:
		v.Phone, v.SentAt = "••• ••• 417", noon().Add(-5*time.Second)
		v.ResendAt, v.ExpiresAt = v.SentAt.Add(30*time.Second), v.SentAt.Add(10*time.Minute)
	case signin.StateNewPassword:
		v.Weak = policy.PasswordBreached
	case signin.StateEnded:
		v.Ending = signin.EndingForgottenPIN
	}
	return v
}

func allSteps() []signin.State {
	return []signin.State{
		signin.StatePassword, signin.StateChoose, signin.StateTOTPSetup, signin.StateSMSSetup, signin.StateSMSVerify,
		signin.StateRecoveryPIN, signin.StateTOTP, signin.StateSMS, signin.StatePasskey, signin.StatePasskeySetup, signin.StateEnrolmentCode, signin.StateRecover, signin.StateRevoke, signin.StateNewPassword, signin.StateOfferPasskey,
		signin.StateEnded,
	}
}

// problemsOf lists what can be wrong with the form of each step.
func problemsOf(step signin.State) []signin.Problem {
	code := []signin.Problem{
		{Field: "code", Code: signin.ProblemMissing}, {Field: "code", Code: signin.ProblemCodeFormat},
		{Field: "code", Code: signin.ProblemCodeWrong}, {Field: "code", Code: signin.ProblemSentTwice},
		{Field: "code", Code: signin.ProblemCodeWrong, Left: 2}, {Field: "code", Code: signin.ProblemCodeWrong, Left: 1},
		{Field: "code", Code: signin.ProblemCodeClock},
	}
	texted := append(code[:6:6], signin.Problem{Field: "code", Code: signin.ProblemCodeExpired}, signin.Problem{Field: "code", Code: signin.ProblemCodeNone})
	switch step {
	case signin.StatePassword:
		return []signin.Problem{
			{Code: signin.ProblemCredentials}, {Code: signin.ProblemCredentials, Left: 2}, {Field: "password", Code: signin.ProblemManyWrong}, {Field: "username", Code: signin.ProblemMissing},
			{Field: "password", Code: signin.ProblemMissing}, {Field: "password", Code: signin.ProblemTooLong},
			{Field: "password", Code: signin.ProblemSentTwice},
		}
	case signin.StateChoose:
		return []signin.Problem{{Field: "kind", Code: signin.ProblemKind}, {Field: "kind", Code: signin.ProblemSentTwice}}
	case signin.StatePasskey, signin.StatePasskeySetup:
		return []signin.Problem{
			{Field: passkey.Field, Code: signin.ProblemMissing}, {Field: passkey.Field, Code: signin.ProblemPasskey}, {Field: passkey.Field, Code: signin.ProblemSentTwice},
		}
	case signin.StateEnrolmentCode:
		return []signin.Problem{
			{Field: "code", Code: signin.ProblemMissing}, {Field: "code", Code: signin.ProblemEnrolmentFormat}, {Field: "code", Code: signin.ProblemEnrolmentWrong},
			{Field: "code", Code: signin.ProblemEnrolmentWrong, Left: 1}, {Field: "code", Code: signin.ProblemSentTwice},
		}
	case signin.StateTOTPSetup:
		return code
	case signin.StateTOTP:
		return append(code, signin.Problem{Field: "code", Code: signin.ProblemCodeUsed})
	case signin.StateSMSVerify, signin.StateSMS:
		return texted
	case signin.StateSMSSetup:
		return []signin.Problem{
			{Field: "country", Code: signin.ProblemCountry}, {Field: "country", Code: signin.ProblemCountryOther},
			{Field: "phone", Code: signin.ProblemMissing}, {Field: "phone", Code: signin.ProblemPhone},
			{Field: "phone", Code: signin.ProblemPhoneNotMobile}, {Field: "phone", Code: signin.ProblemNumberRefused},
			{Field: "phone", Code: signin.ProblemSentTwice},
			{Code: signin.ProblemSendFailed}, {Code: signin.ProblemSMSClosed},
		}
	case signin.StateRecoveryPIN:
		return []signin.Problem{
			{Field: "pin", Code: signin.ProblemMissing}, {Field: "pin", Code: signin.ProblemPINFormat},
			{Field: "pin", Code: signin.ProblemPINRepeats}, {Field: "pin", Code: signin.ProblemPINRun},
			{Field: "pin", Code: signin.ProblemPINPhone}, {Field: "pin", Code: signin.ProblemPINYear},
			{Field: "pin", Code: signin.ProblemPINCommon}, {Field: "pin_confirm", Code: signin.ProblemPINMismatch},
			{Field: "pin", Code: signin.ProblemSentTwice},
		}
	case signin.StateRecover:
		return []signin.Problem{{Field: "pin", Code: signin.ProblemMissing}, {Field: "pin", Code: signin.ProblemPINWrong}, {Field: "pin", Code: signin.ProblemPINWrong, Left: 1}, {Field: "pin", Code: signin.ProblemSentTwice}}
	case signin.StateNewPassword:
		problems := []signin.Problem{{Field: "new_password", Code: signin.ProblemMissing}, {Field: "new_password", Code: signin.ProblemSentTwice}}
		for _, why := range allWeak() {
			problems = append(problems, signin.Problem{Field: "new_password", Code: signin.ProblemPassword, Why: why})
		}
		return problems
	default:
		return nil
	}
}

func allWeak() []policy.PasswordProblem {
	return []policy.PasswordProblem{
		policy.PasswordShort, policy.PasswordShortWithMFA, policy.PasswordLong, policy.PasswordCharacters, policy.PasswordPersonal,
		policy.PasswordSimple, policy.PasswordDigits, policy.PasswordBreached, policy.PasswordGuessable,
	}
}

// allCases is every page with every problem, note and ending it can have.
func allCases() []pageCase {
	var cases []pageCase
	for _, step := range allSteps() {
		cases = append(cases, pageCase{name: string(step), view: viewOf(step)})
		for _, problem := range problemsOf(step) {
			cases = append(cases, pageCase{name: string(step) + "/" + cmp.Or(problem.Field, "form") + "/" + string(problem.Code) + string(problem.Why) + strconv.Itoa(problem.Left), view: viewOf(step), problem: &problem})
		}
	}
	for note, step := range allNotes() {
		view := viewOf(step)
		view.Note = note
		cases = append(cases, pageCase{name: string(step) + "/note/" + string(note), view: view})
	}
	for _, end := range allEndings() {
		view := viewOf(signin.StateEnded)
		view.Ending = end
		cases = append(cases, pageCase{name: "notice/" + string(end), view: view})
	}
	paused := viewOf(signin.StateEnded)
	paused.Ending, paused.Until = signin.EndingLocked, noon().Add(17*time.Minute)
	unsent := viewOf(signin.StateSMS)
	unsent.SentAt, unsent.ResendAt, unsent.ExpiresAt = time.Time{}, time.Time{}, time.Time{}
	unsent.Note = signin.NoteCodeNotSent
	guessed := paused
	guessed.Unlock = true
	otherApp, otherNumber := viewOf(signin.StateTOTP), unsent
	otherApp.Other, otherNumber.Other = true, true
	for _, why := range allWeak() {
		weak := viewOf(signin.StateNewPassword)
		weak.Weak, weak.Confirm = why, true
		cases = append(cases, pageCase{name: "new-password/code first/" + string(why), view: weak})
	}
	for _, step := range []signin.State{signin.StateChoose, signin.StateRecoveryPIN} {
		again := viewOf(step)
		again.Again, again.Step, again.Steps = true, 3, 3
		cases = append(cases, pageCase{name: string(step) + "/again", view: again})
	}
	for _, end := range []signin.Ending{signin.EndingLocked, signin.EndingForgottenPIN, signin.EndingNoPIN} {
		for _, helper := range []signin.Helper{signin.HelperAnother, signin.HelperColleague} {
			theirs := viewOf(signin.StateEnded)
			theirs.Ending, theirs.Helper = end, helper
			cases = append(cases, pageCase{name: "notice/" + string(end) + "/" + string(helper), view: theirs})
		}
	}
	waiting := viewOf(signin.StateSMSVerify)
	waiting.SentAt, waiting.ExpiresAt, waiting.ResendAt, waiting.Note = time.Time{}, time.Time{}, noon().Add(20*time.Second), signin.NoteSendWait
	used := viewOf(signin.StateTOTP)
	used.NextCode = noon().Add(18 * time.Second)
	cases = append(cases, pageCase{name: "sms-verify/waiting", view: waiting},
		pageCase{name: "totp/used", view: used, problem: &signin.Problem{Field: "code", Code: signin.ProblemCodeUsed}})
	back, backSMS := viewOf(signin.StateTOTP), viewOf(signin.StateSMS)
	back.Back, backSMS.Back = true, true
	cases = append(cases, pageCase{name: "totp/back", view: back}, pageCase{name: "sms/back", view: backSMS})
	desk, people := viewOf(signin.StateEnded), viewOf(signin.StateEnded)
	desk.Ending, desk.Access = signin.EndingNoAccess, idp.AccessStaff
	people.Ending, people.Access = signin.EndingNoAccess, idp.AccessManagers
	cases = append(cases, pageCase{name: "notice/staff only", view: desk}, pageCase{name: "notice/managers only", view: people})
	return append(cases, pageCase{name: "notice/paused", view: paused}, pageCase{name: "sms/unsent", view: unsent},
		pageCase{name: "notice/paused password", view: guessed}, pageCase{name: "totp/another way", view: otherApp}, pageCase{name: "sms/another way", view: otherNumber})
}

// allNotes gives each note a step it can stand on.
func allNotes() map[signin.Note]signin.State {
	return map[signin.Note]signin.State{
		signin.NoteStartedAgain: signin.StatePassword, signin.NoteCodeResent: signin.StateSMS, signin.NoteCodeNotSent: signin.StateSMSVerify,
		signin.NoteSendWait: signin.StateSMS, signin.NoteSMSClosed: signin.StateSMS, signin.NoteNumberRefused: signin.StateSMSVerify,
		signin.NoteMFARevoked: signin.StateChoose, signin.NoteMFASetUp: signin.StateRecoveryPIN, signin.NotePINUnusable: signin.StateTOTP,
	}
}

func allEndings() []signin.Ending {
	return []signin.Ending{signin.EndingLocked, signin.EndingForgottenPIN, signin.EndingNoAccess, signin.EndingNoPIN}
}
