package manage

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/web"
	"github.com/apscloud/apsid/internal/web/door"
	"github.com/apscloud/apsid/internal/web/people"
)

// batchAction is the page of a command for many people. What the command does to each stands in package directory.
type batchAction struct {
	command      policy.Command
	ask, done    string // before the number of people: "Disable", "Disabled"
	consequences []string
}

// batchTime bounds how long the people of one batch may take, all together.
const batchTime = 3 * time.Minute

// batchActions lists them.
func batchActions() []batchAction {
	return []batchAction{
		{command: policy.CommandResendInvite, ask: "Send the invitation again to", done: "The invitation was sent to", consequences: []string{
			"Each gets an email with a new link. It works once, for 7 days; the link that was sent before stops working.",
			"Who has joined already gets nothing.",
		}},
		{command: policy.CommandRemindMFA, ask: "Send a reminder of MFA to", done: "The reminder was sent to", consequences: []string{
			"Each gets an email that asks to set up MFA, with your name in it.",
			"Who has set it up, has not joined yet, or was reminded within a day gets nothing.",
		}},
		{command: policy.CommandResetMFA, ask: "Reset MFA for", done: "MFA was reset for", consequences: []string{
			"Everything that they get security codes from is removed, and their recovery PINs with it.",
			"They are signed out of every APS app at once. Work that was not saved is lost.",
			"At the next sign-in, the password is enough to be asked to set MFA up again.",
			"We tell each of them, by email and by text message. Your name and your reason are recorded.",
		}},
		{command: policy.CommandDisableUser, ask: "Disable", done: "Disabled:", consequences: []string{
			"They are signed out of every APS app at once, and can’t sign in any more.",
			"What they entered in the apps stays where it is. You can enable them again at any time.",
		}},
		{command: policy.CommandEnableUser, ask: "Enable", done: "Enabled:", consequences: []string{
			"They can sign in again, with the same password, MFA and rights as before.",
		}},
	}
}

// batchBody is the page that asks to confirm a batch.
type batchBody struct {
	People  []chosenPerson
	Count   string // how many they are
	More    string // what to say if not all could be chosen
	Prove   string
	Confirm web.Confirm
}

// chosenPerson is a person of a batch, with what became of them.
type chosenPerson struct{ Name, Username, URL, Why string }

// confirm shows the page that asks to confirm, or, once the batch was carried out, what became of it.
func (a batchAction) confirm(s *Surface, w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	id := r.URL.Query().Get("batch")
	var outcomes []directory.Outcome
	switch err := s.find(r.Context(), v, id+"/result", &outcomes); {
	case err == nil:
		return a.showResult(s, w, r, v, id, outcomes)
	case !errors.Is(err, idp.ErrNotFound):
		return err
	}
	return a.show(s, w, r, v, id, "", web.NoProblem())
}

// act carries the batch out, and leads to its result. It goes on if the browser goes away.
func (a batchAction) act(s *Surface, w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	form, err := web.Form{Lines: []string{"batch"}, Texts: []string{"reason"}}.Read(w, r)
	if err != nil {
		return err
	}
	id := form.Get("batch")
	chosen, err := s.choiceOf(r.Context(), v, id, a.command)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), batchTime)
	defer cancel()
	_ = http.NewResponseController(w).SetWriteDeadline(s.Clock().Add(batchTime)) // an error means that the connection has none to move
	outcomes, err := s.People.ActOnMany(ctx, v.Caller, directory.Batch{ID: id, Command: a.command, Users: chosen.Users, Reason: form.Get("reason")}, v.Now)
	p, err := orProblem(err)
	if err != nil {
		return err
	}
	if p.Text != "" {
		return a.show(s, w, r, v, id, form.Get("reason"), p)
	}
	if err := s.put(ctx, v, id+"/result", outcomes); err != nil {
		s.Log.WarnContext(ctx, "the result of a batch is not kept", "request_id", web.RequestID(ctx), "error", err)
		return a.showResult(s, w, r, v, id, outcomes)
	}
	http.Redirect(w, r, batchPath(a.command, id), http.StatusSeeOther)
	return nil
}

// choiceOf reads whom the visitor chose for this command; idp.ErrNotFound if that is gone.
func (s *Surface) choiceOf(ctx context.Context, v door.Visitor, id string, command policy.Command) (c choice, err error) {
	if err := s.need(ctx, v, id, &c); err != nil {
		return c, err
	}
	if c.Command != command {
		return c, idp.ErrNotFound
	}
	return c, nil
}

func (a batchAction) show(s *Surface, w http.ResponseWriter, r *http.Request, v door.Visitor, id, reason string, p web.Problem) error {
	chosen, err := s.choiceOf(r.Context(), v, id, a.command)
	if err != nil {
		return err
	}
	names, err := s.named(r.Context(), v, chosen.Users)
	if err != nil {
		return err
	}
	d, count := policy.Describe(a.command), web.Count(len(chosen.Users), "person", "people")
	body := batchBody{Count: count, Prove: s.kit.Beside(p), Confirm: web.Confirm{
		Action: batches + "/" + a.command.Verb(), Lead: "This is what happens:", Consequences: a.consequences, Danger: d.Danger,
		Button: a.ask + " " + count, Cancel: chosen.Back, Fields: []web.Field{{Name: "batch", Value: id}},
		Reason: &web.Area{
			Name: "reason", Label: "Reason", Hint: "For your records. It stands in the practice’s activity beside each person.", Value: reason,
			MaxLength: maxReason, Optional: !directory.NeedsReason(a.command), Error: p.Of("reason"),
		},
	}}
	if chosen.More {
		body.More = "The list has more people. These are the first " + idp.Number(len(chosen.Users)) + " of them: do the others after these."
	}
	for _, user := range chosen.Users {
		body.People = append(body.People, personIn(names, user, ""))
	}
	f := s.frame(v, inPeople, "batch", a.ask+" "+count)
	f.Wide, f.Shell.Back, f.Alert = true, &web.Link{URL: chosen.Back, Label: "People"}, p.Alert("reason")
	return s.show(w, r, p.Status, "batch", f, body)
}

// resultBody is the page that says what became of a batch.
type resultBody struct {
	Done, NotDone []chosenPerson
	Lead, Missed  string // how many were reached, and how many not
	Reached       string
	Back          string
}

func (a batchAction) showResult(s *Surface, w http.ResponseWriter, r *http.Request, v door.Visitor, id string, outcomes []directory.Outcome) error {
	chosen, err := s.choiceOf(r.Context(), v, id, a.command)
	if err != nil {
		return err
	}
	names, err := s.named(r.Context(), v, chosen.Users)
	if err != nil {
		return err
	}
	body := resultBody{Back: chosen.Back}
	for _, o := range outcomes {
		if o.Done {
			body.Done = append(body.Done, personIn(names, o.User, ""))
		} else {
			body.NotDone = append(body.NotDone, personIn(names, o.User, o.Why))
		}
	}
	body.Reached = idp.Number(len(body.Done))
	body.Lead = a.done + " " + web.Count(len(body.Done), "person", "people") + "."
	if len(body.Done) == 0 {
		body.Lead = "Nobody was reached."
	}
	body.Missed = web.Count(len(body.NotDone), "person", "people") + " not reached"
	f := s.frame(v, inPeople, "batch-result", "What was done")
	f.Wide, f.Shell.Back = true, &web.Link{URL: chosen.Back, Label: "People"}
	return s.show(w, r, http.StatusOK, "batch-result", f, body)
}

func personIn(names map[idp.UserID]idp.User, id idp.UserID, why string) chosenPerson {
	u, known := names[id]
	if !known {
		return chosenPerson{Name: "Unknown", Why: why}
	}
	return chosenPerson{Name: people.Name(u), Username: u.Username, URL: userPath(id), Why: why}
}
