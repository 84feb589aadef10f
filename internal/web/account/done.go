package account

import (
	"net/http"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/web"
)

// doneBody is a page that says that an action is done.
type doneBody struct {
	Text []string
	Next *web.Link
}

func donePath(what string) string { return home + "/done/" + what }

// done says to a visitor who is not signed in (any more) that an action is done. It tells nothing about any person.
func (s *Surface) done(w http.ResponseWriter, r *http.Request) error {
	what := r.PathValue("what")
	title, body := doneWords(what)
	if title == "" {
		return idp.ErrNotFound
	}
	s.Pages.Render(w, r, http.StatusOK, "account/done", web.Frame{Step: "done-" + what, Title: title, Body: body})
	return nil
}

func doneWords(what string) (title string, body doneBody) {
	toAccount := &web.Link{URL: home, Label: "Sign in to your account"}
	switch what {
	case "password":
		return "Your password is changed", doneBody{Next: toAccount, Text: []string{
			"You are signed out everywhere. Sign in to your apps with the new password.",
		}}
	case "signed-out":
		return "You are signed out", doneBody{Next: toAccount, Text: []string{"If this is a shared computer, close the browser now."}}
	case "invite":
		return "Your password is set", doneBody{Next: &web.Link{URL: home, Label: "Continue"}, Text: []string{
			"Sign in with your email address and your new password: here, or in the app you want to use.",
			"If your practice asks for security codes, you set them up when you first sign in.",
		}}
	case "password_reset":
		return "Your new password is set", doneBody{Next: toAccount, Text: []string{
			"You are signed out everywhere. Sign in to your apps with the new password, and with your security code as before.",
		}}
	case "unlock":
		return "Sign-in is unlocked", doneBody{Next: toAccount, Text: []string{
			"You can sign in again now. If you don’t know your password any more, choose “Forgot your password?” there.",
		}}
	case "confirm":
		return "Your email address is confirmed", doneBody{Next: toAccount, Text: []string{
			"You sign in with it from now on, with the same password and security codes as before.",
		}}
	case "not_me":
		return "Your account is frozen", doneBody{Text: []string{
			"Nobody can sign in to it, and every session is signed out.",
			"We have told your practice’s administrators. Call one of them: they check what happened, and let you in again.",
		}}
	case "forgot":
		return "Check your email", doneBody{Text: []string{
			"If somebody uses that email address to sign in, we have sent a link to it. It works for one hour.",
			"Nothing there after a few minutes? Look in the spam folder, and check that the address is the one you sign in with.",
		}}
	case "unlock-sent":
		return "Check your email", doneBody{Text: []string{
			"If sign-in is paused for that email address, we have sent a link to it that ends the pause. It works for one hour.",
			"Nothing there after a few minutes? Look in the spam folder, and check that the address is the one you sign in with.",
		}}
	default:
		return "", doneBody{}
	}
}
