package account

import (
	"errors"
	"net/http"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/web"
)

// linkBody is the page of a link in an e-mail.
type linkBody struct {
	Purpose  idp.LinkPurpose
	Name     string
	Username string
	Practice string
	Until    web.ClockTime
	New      web.Input // for links that choose a password
}

// link shows what the link would do. It changes nothing, as a mail scanner may fetch it (ABUSE 24).
func (s *Surface) link(w http.ResponseWriter, r *http.Request) error {
	now := s.Clock()
	detail, err := s.Links.ViewLink(r.Context(), idp.NewSecret(r.PathValue("link")), now)
	if err != nil {
		return s.over(w, r, err)
	}
	s.showLink(w, r, detail, web.NoProblem())
	return nil
}

func (s *Surface) showLink(w http.ResponseWriter, r *http.Request, detail directory.LinkDetail, problem web.Problem) {
	title := map[idp.LinkPurpose]string{
		idp.LinkInvite: "Choose your password", idp.LinkPasswordReset: "Choose a new password",
		idp.LinkUnlock: "Unlock your sign-in?", idp.LinkNotMe: "Freeze your account?",
		idp.LinkConfirm: "Is this your email address?",
	}[detail.Purpose]
	f := web.Frame{Step: "link-" + string(detail.Purpose), Title: title, Language: detail.Place.Language(), Private: true, Alert: problem.Alert("new_password")}
	f.Body = linkBody{
		Purpose: detail.Purpose, Name: detail.Name, Username: detail.Username, Practice: detail.Practice,
		Until: web.NewClockTime(detail.ExpiresAt, s.Clock(), detail.Place), New: web.NewPassword(problem.Of("new_password"), problem.Text == ""),
	}
	s.Pages.Render(w, r, problem.Status, "account/link", f)
}

// useLink does what the link is for, once. The form says what that was when it was shown; a link that no longer works, or does
// something else now, is refused by package directory, which records it.
func (s *Surface) useLink(w http.ResponseWriter, r *http.Request) error {
	token, now := idp.NewSecret(r.PathValue("link")), s.Clock()
	values, err := web.ReadForm(w, r, "purpose", "new_password")
	if err != nil {
		return err
	}
	purpose := idp.LinkPurpose(values.Get("purpose"))
	detail, unseen := s.Links.ViewLink(r.Context(), token, now)
	err = s.act(r, purpose, token, idp.NewSecret(values.Get("new_password")))
	if problem, ok := web.ProblemOf(err); ok && unseen == nil {
		s.showLink(w, r, detail, problem)
		return nil
	}
	if err != nil {
		return s.over(w, r, err)
	}
	if purpose != idp.LinkNotMe && purpose != idp.LinkConfirm { // these say nothing about whose browser this is
		s.recognise(w, r, detail.Username, now)
	}
	return seeOther(w, r, donePath(string(purpose)))
}

func (s *Surface) act(r *http.Request, purpose idp.LinkPurpose, token, password idp.Secret) error {
	ctx, from, now := r.Context(), s.origin(r), s.Clock()
	switch purpose {
	case idp.LinkUnlock:
		return s.Links.UnlockByLink(ctx, from, token, now)
	case idp.LinkNotMe:
		return s.Links.FreezeByLink(ctx, from, token, now)
	case idp.LinkConfirm:
		return s.Links.ConfirmByLink(ctx, from, token, now)
	case idp.LinkInvite, idp.LinkPasswordReset:
	default:
		return idp.ErrNotFound
	}
	if password.IsZero() {
		return missingPassword()
	}
	if purpose == idp.LinkInvite {
		return s.Links.AcceptInvite(ctx, from, token, password, now)
	}
	return s.Links.ResetByLink(ctx, from, token, password, now)
}

// over says that a link does not work (any more), and what to do instead. A link that never existed gets the same answer as one
// that is over, so that the answer tells an attacker nothing about how links are made.
func (s *Surface) over(w http.ResponseWriter, r *http.Request, err error) error {
	status := http.StatusGone
	switch {
	case errors.Is(err, idp.ErrNotFound):
		status = http.StatusNotFound
	case errors.Is(err, idp.ErrUsed):
	default:
		return err
	}
	s.Pages.Render(w, r, status, "account/over", web.Frame{Step: "link-over", Title: "This link doesn’t work any more", Private: true})
	return nil
}
