package manage

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/web"
	"github.com/apscloud/apsid/internal/web/door"
	"github.com/apscloud/apsid/internal/web/kit"
	"github.com/apscloud/apsid/internal/web/people"
)

// action is the page of a command on a person: it says what will happen, and its form does it. What the command is called, and what
// it needs, stands in its description in package policy.
type action struct {
	command      policy.Command
	title        string // before the name of the person
	button       string
	consequences func(directory.UserDetail) []string
	hint         string // of the reason's field, for a command that takes one
	done         string // what the page says afterwards
	run          func(ctx context.Context, to *directory.People, v door.Visitor, id idp.UserID, reason string) error
}

// takesReason reports whether the form asks for a reason.
func (a action) takesReason() bool { return policy.Describe(a.command).Reason }

// fields are the fields of the form of every action; an action without a reason ignores that field.
func (a action) fields() web.Form {
	if !a.takesReason() {
		return web.Form{}
	}
	return web.Form{Texts: []string{"reason"}}
}

// plain adapts a command that needs nothing but the person.
func plain(give func(*directory.People, context.Context, directory.Caller, idp.UserID, time.Time) error) func(context.Context, *directory.People, door.Visitor, idp.UserID, string) error {
	return func(ctx context.Context, to *directory.People, v door.Visitor, id idp.UserID, _ string) error {
		return give(to, ctx, v.Caller, id, v.Now)
	}
}

// actions lists the commands on a person that have such a page.
func actions() []action {
	return []action{
		{
			command: policy.CommandResetMFA, title: "Reset MFA for", button: "Reset MFA", consequences: whatResetRemoves,
			hint: "For your records: how you know that the person asked for it, for example.",
			done: "MFA was reset. At the next sign-in the person is asked to set it up again.",
			run: func(ctx context.Context, to *directory.People, v door.Visitor, id idp.UserID, reason string) error {
				return to.ResetMFA(ctx, v.Caller, id, reason, v.Now)
			},
		},
		{
			command: policy.CommandRemindMFA, title: "Send a reminder of MFA to", button: "Send the reminder",
			consequences: whatRemindingDoes, done: "The reminder is on its way.", run: plain((*directory.People).RemindMFA),
		},
		{
			command: policy.CommandUnlockUser, title: "Unlock", button: "Unlock", consequences: whatUnlockDoes,
			done: "The person is unlocked and can sign in again.", run: plain((*directory.People).UnlockUser),
		},
		{
			command: policy.CommandSendPasswordReset, title: "Send a password reset to", button: "Send the email",
			consequences: whatPasswordResetDoes, done: "The email with the link is on its way.", run: plain((*directory.People).SendPasswordReset),
		},
		{
			command: policy.CommandDisableUser, title: "Disable", button: "Disable", consequences: whatDisablingDoes,
			done: "The person is disabled and signed out everywhere.", run: plain((*directory.People).DisableUser),
		},
		{
			command: policy.CommandEnableUser, title: "Enable", button: "Enable", consequences: whatEnablingDoes,
			done: "The person can sign in again.", run: plain((*directory.People).EnableUser),
		},
		{
			command: policy.CommandResendConfirmation, title: "Send the confirming email again to", button: "Send the email",
			consequences: whatConfirmingDoes, done: "The email with the link is on its way.", run: plain((*directory.People).ResendConfirmation),
		},
		{
			command: policy.CommandResendInvite, title: "Send the invitation again to", button: "Send the invitation",
			consequences: whatResendingDoes, done: "The invitation is on its way.", run: plain((*directory.People).ResendInvite),
		},
		{
			command: policy.CommandRevokeInvite, title: "Take back the invitation of", button: "Take it back",
			consequences: whatRevokingDoes, done: "The invitation does not work any more.", run: plain((*directory.People).RevokeInvite),
		},
	}
}

// naming says what is done to the person whom the address names; "" if that is nobody of the visitor's practice.
func naming(title string) func(*Surface, *http.Request, door.Visitor) string {
	return func(s *Surface, r *http.Request, v door.Visitor) string {
		of, err := s.subject(r, v)
		if err != nil {
			return ""
		}
		return kit.Act(title, people.Name(of.detail.Account.User))
	}
}

// ask shows the page of the action.
func (a action) ask(s *Surface, w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	subject, err := s.subject(r, v)
	if err != nil {
		return err
	}
	if why := subject.detail.May[a.command]; why != "" {
		return &idp.Error{Code: idp.CodeForbidden, Public: why}
	}
	return a.show(s, w, r, v, subject, "", web.NoProblem())
}

// act carries out the action.
func (a action) act(s *Surface, w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	form, err := a.fields().Read(w, r)
	if err != nil {
		return err
	}
	l, err := people.ReadListing(r)
	if err != nil {
		return err
	}
	id, reason := idp.UserID(r.PathValue("user")), form.Get("reason")
	p, err := orProblem(a.attempt(s, r, v, id, reason))
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
	return s.kit.Done(w, r, l.At(userPath(id)), a.command.Verb())
}

func (a action) attempt(s *Surface, r *http.Request, v door.Visitor, id idp.UserID, reason string) error {
	if a.takesReason() && strings.TrimSpace(reason) == "" {
		return idp.Invalid("reason", "Say why. It stands in the practice’s activity.")
	}
	return a.run(r.Context(), s.People, v, id, reason)
}

func (a action) show(s *Surface, w http.ResponseWriter, r *http.Request, v door.Visitor, of subject, reason string, p web.Problem) error {
	f := s.frame(v, inPeople, a.command.Verb(), a.title+" "+people.Name(of.detail.Account.User))
	f.Shell.Back = of.back()
	f.Alert = p.Alert("reason")
	body := confirmBody{Username: of.detail.Account.User.Username, Prove: s.kit.Beside(p), Confirm: web.Confirm{
		Lead: "This is what happens:", Consequences: a.consequences(of.detail), Button: a.button,
		Danger: policy.Describe(a.command).Danger, Cancel: of.url(),
	}}
	if a.takesReason() {
		body.Confirm.Reason = &web.Area{
			Name: "reason", Label: "Reason", Hint: a.hint, Value: reason, MaxLength: maxReason, Error: p.Of("reason"),
		}
	}
	return s.show(w, r, p.Status, "confirm", f, body)
}

// confirmBody is the page of an action.
type confirmBody struct {
	Username string
	Confirm  web.Confirm
	Prove    string // the page at which the visitor proves who they are; "": they need not
}

// maxReason is the bound that package directory sets, in characters.
const maxReason = 1000

// subject is the person whom a page is about.
type subject struct {
	detail  directory.UserDetail
	listing people.Listing
}

// subject reads the person and the listing. Errors: idp.CodeNotFound for a person of another practice (ABUSE 32).
func (s *Surface) subject(r *http.Request, v door.Visitor) (subject, error) {
	l, err := people.ReadListing(r)
	if err != nil {
		return subject{}, err
	}
	detail, err := s.People.FindUser(r.Context(), v.Caller, idp.UserID(r.PathValue("user")), v.Now)
	if err != nil {
		return subject{}, err
	}
	if detail.Account.User.PracticeID != v.Account.Practice.ID {
		return subject{}, idp.ErrNotFound // staff may see people of other practices, but not in this app
	}
	return subject{detail: detail, listing: l}, nil
}

func (s subject) url() string { return s.listing.At(userPath(s.detail.Account.User.ID)) }

func (s subject) back() *web.Link {
	return &web.Link{URL: s.url(), Label: people.Name(s.detail.Account.User)}
}
