package kit

import (
	"cmp"
	"net/http"
	"net/url"

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
	k.Door.Prove(w, r, v, cmp.Or(back, k.ProvePath("")), fresh.ACR)
	return nil
}
