package kit

import (
	"cmp"
	"net/http"
	"net/url"
	"unicode"
	"unicode/utf8"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/web"
	"github.com/apscloud/apsid/internal/web/door"
)

// ProvePath is the address at which a visitor proves again who they are, and comes back to a page of the surface. "" stands for
// a tab of its own, beside a form that was refused because the proofs were too old: the typed text stays in the form.
func (k Kit) ProvePath(back string) string {
	if back == "" {
		return k.Home + "/prove"
	}
	return k.Home + "/prove?" + url.Values{"back": {back}}.Encode()
}

// Beside is ProvePath("") for a form that was refused for its proofs, and "" for any other.
func (k Kit) Beside(p web.Problem) string {
	if !p.Prove {
		return ""
	}
	return k.ProvePath("")
}

// prove asks for a second factor, and leads back to the page that the address names. If it names none, it says when it is done.
func (k Kit) prove(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	fresh := policy.Proofs{ACR: idp.ACRMFA, MaxAge: policy.Freshness}
	back := r.URL.Query().Get("back")
	if back == "" && fresh.MayBegin(v.Caller.Proved, v.Now) {
		k.Pages.Render(w, r, http.StatusOK, "proved", k.Frame(v, k.Parts[0].Label, "proved", "You have confirmed who you are"))
		return nil
	}
	k.Door.Prove(w, r, v, cmp.Or(back, k.ProvePath("")), fresh.ACR, asking(v, "go on", fresh.ACR))
	return nil
}

// asking says what the visitor proves again who they are for, and with what: what they have, where a second factor is wanted.
func asking(v door.Visitor, act string, acr idp.ACR) string {
	with := "your password"
	if acr.Satisfies(idp.ACRMFA) {
		with = "your password and " + secondFactor(policy.InSigninOrder(v.Account.Authenticators, policy.AllowedAuthenticators(true)))
	}
	return "To " + act + ", confirm it with " + with + "."
}

// secondFactor words what the sign-in asks for first after the password, of what is in its order; another can be chosen there.
func secondFactor(bound []idp.Authenticator) string {
	switch {
	case len(bound) == 0:
		return "a security code, which you set up first"
	case bound[0].Kind == idp.KindTOTP:
		return "the code of your authenticator app"
	case bound[0].Kind == idp.KindSMS:
		return "a code that we text to you"
	case bound[0].Kind == idp.KindPasskey:
		return "your passkey"
	default:
		return "a security code"
	}
}

// inSentence begins a label inside of a sentence.
func inSentence(label string) string {
	first, size := utf8.DecodeRuneInString(label)
	return string(unicode.ToLower(first)) + label[size:]
}

// Act puts the label of an action before what it is done to: "disable Tom Okafor".
func Act(label, name string) string { return inSentence(label) + " " + name }
