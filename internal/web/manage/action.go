package manage

import (
	"context"
	"net/http"
	"strings"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/web"
	"github.com/apscloud/apsid/internal/web/door"
	"github.com/apscloud/apsid/internal/web/people"
)

// action is something done to a person: a page says what will happen, and its form does it.
type action struct {
	path         string // below the person's address
	event        string // what it leaves in the trail; directory.UserDetail.May answers for it by this name
	title        string // before the name of the person
	button       string
	danger       bool
	consequences func(directory.UserDetail) []string
	reason       string  // the hint of the reason's field; "": no reason is asked for
	acr          idp.ACR // the fresh proofs that it needs; "" for none
	done         string  // what the page says afterwards
	run          func(ctx context.Context, d Directory, v door.Visitor, id idp.UserID, reason string) error
}

// fields are those of every such form; an action without a reason ignores it.
func (a action) fields() web.Form {
	if a.reason == "" {
		return web.Form{}
	}
	return web.Form{Texts: []string{"reason"}}
}

// actions lists them. Those that change what a person may do, or prove with, need the administrator's own fresh second factor.
func actions() []action {
	return []action{
		{
			path: "reset-mfa", event: idp.EventMFAReset, title: "Reset MFA for", button: "Reset MFA", danger: true, acr: idp.ACRMFA,
			consequences: whatResetRemoves, reason: "For your records: how you know that the person asked for it, for example.",
			done: "MFA was reset. At the next sign-in the person is asked to set it up again.",
			run: func(ctx context.Context, d Directory, v door.Visitor, id idp.UserID, reason string) error {
				return d.ResetMFA(ctx, v.Caller, id, reason, v.Now)
			},
		},
		{
			path: "unlock", event: idp.EventUserUnlocked, title: "Unlock", button: "Unlock",
			consequences: whatUnlockDoes, done: "The person is unlocked and can sign in again.",
			run: func(ctx context.Context, d Directory, v door.Visitor, id idp.UserID, _ string) error {
				return d.UnlockUser(ctx, v.Caller, id, v.Now)
			},
		},
		{
			path: "send-password-reset", event: idp.EventPasswordResetSent, title: "Send a password reset to", button: "Send the email",
			consequences: whatPasswordResetDoes, done: "The email with the link is on its way.",
			run: func(ctx context.Context, d Directory, v door.Visitor, id idp.UserID, _ string) error {
				return d.SendPasswordReset(ctx, v.Caller, id, v.Now)
			},
		},
		{
			path: "disable", event: idp.EventUserDisabled, title: "Disable", button: "Disable", danger: true, acr: idp.ACRMFA,
			consequences: whatDisablingDoes, done: "The person is disabled and signed out everywhere.",
			run: func(ctx context.Context, d Directory, v door.Visitor, id idp.UserID, _ string) error {
				return d.DisableUser(ctx, v.Caller, id, v.Now)
			},
		},
		{
			path: "enable", event: idp.EventUserEnabled, title: "Enable", button: "Enable", acr: idp.ACRMFA,
			consequences: whatEnablingDoes, done: "The person can sign in again.",
			run: func(ctx context.Context, d Directory, v door.Visitor, id idp.UserID, _ string) error {
				return d.EnableUser(ctx, v.Caller, id, v.Now)
			},
		},
		{
			path: "resend-invitation", event: idp.EventInviteResent, title: "Send the invitation again to", button: "Send the invitation",
			consequences: whatResendingDoes, done: "The invitation is on its way.",
			run: func(ctx context.Context, d Directory, v door.Visitor, id idp.UserID, _ string) error {
				return d.ResendInvite(ctx, v.Caller, id, v.Now)
			},
		},
		{
			path: "revoke-invitation", event: idp.EventInviteRevoked, title: "Take back the invitation of", button: "Take it back", danger: true,
			consequences: whatRevokingDoes, done: "The invitation does not work any more.",
			run: func(ctx context.Context, d Directory, v door.Visitor, id idp.UserID, _ string) error {
				return d.RevokeInvite(ctx, v.Caller, id, v.Now)
			},
		},
	}
}

// ask shows the page of the action.
func (a action) ask(s *Surface, w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	subject, err := s.subject(r, v)
	if err != nil {
		return err
	}
	if why := subject.detail.May[a.event]; why != "" {
		return &idp.Error{Code: idp.CodeForbidden, Public: why}
	}
	if a.acr != "" && !v.MayBegin(a.acr) {
		s.Door.Prove(w, r, v, r.URL.RequestURI(), a.acr)
		return nil
	}
	return a.show(s, w, r, v, subject, "", web.NoProblem())
}

// act carries it out.
func (a action) act(s *Surface, w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	form, err := a.fields().Read(w, r)
	if err != nil {
		return err
	}
	l, err := readListing(r)
	if err != nil {
		return err
	}
	id, reason := idp.UserID(r.PathValue("user")), form.Get("reason")
	p, err := a.attempt(s, r, v, id, reason)
	if err != nil {
		return err
	}
	if p.Text != "" {
		subject, err := s.subject(r, v)
		if err != nil {
			return err
		}
		return a.show(s, w, r, v, subject, reason, p)
	}
	redirect(w, r, l.at(userPath(id)), a.path)
	return nil
}

// attempt carries it out, and returns what the form has to say if it did not come to that.
func (a action) attempt(s *Surface, r *http.Request, v door.Visitor, id idp.UserID, reason string) (web.Problem, error) {
	if a.acr != "" && !v.IsFresh(a.acr) {
		return web.NotFresh(), nil
	}
	if a.reason != "" && strings.TrimSpace(reason) == "" {
		return orProblem(idp.Invalid("reason", "Say why. It stands in the practice’s activity."))
	}
	return orProblem(a.run(r.Context(), s.Directory, v, id, reason))
}

func (a action) show(s *Surface, w http.ResponseWriter, r *http.Request, v door.Visitor, of subject, reason string, p web.Problem) error {
	f := frame(v, inPeople, a.path, a.title+" "+people.Name(of.detail.Account.User))
	f.Shell.Back = of.back()
	f.Alert = p.Alert("reason")
	body := confirmBody{Username: of.detail.Account.User.Username, Prove: p.Prove, Confirm: web.Confirm{
		Lead: "This is what happens:", Consequences: a.consequences(of.detail), Button: a.button, Danger: a.danger, Cancel: of.url(),
	}}
	if a.reason != "" {
		body.Confirm.Reason = &web.Area{
			Name: "reason", Label: "Reason", Hint: a.reason, Value: reason, MaxLength: maxReason, Error: p.Of("reason"),
		}
	}
	return s.show(w, r, p.Status, "confirm", f, body)
}

// confirmBody is the page of an action.
type confirmBody struct {
	Username string
	Confirm  web.Confirm
	Prove    bool
}

// maxReason is directory's bound, in characters.
const maxReason = 1000

// subject is the person whom a page is about.
type subject struct {
	detail  directory.UserDetail
	listing listing
}

// subject reads them. Errors: idp.CodeNotFound for somebody of another practice (ABUSE 32).
func (s *Surface) subject(r *http.Request, v door.Visitor) (subject, error) {
	l, err := readListing(r)
	if err != nil {
		return subject{}, err
	}
	detail, err := s.Directory.FindUser(r.Context(), v.Caller, idp.UserID(r.PathValue("user")), v.Now)
	if err != nil {
		return subject{}, err
	}
	if detail.Account.User.PracticeID != v.Account.Practice.ID {
		return subject{}, idp.ErrNotFound // staff may see other practices, and not here
	}
	return subject{detail: detail, listing: l}, nil
}

func (s subject) url() string { return s.listing.at(userPath(s.detail.Account.User.ID)) }

func (s subject) back() *web.Link {
	return &web.Link{URL: s.url(), Label: people.Name(s.detail.Account.User)}
}
