package support

import (
	"context"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/web"
	"github.com/apscloud/apsid/internal/web/door"
	"github.com/apscloud/apsid/internal/web/people"
)

// scriptStep is one check as the page asks for it: what to do, what to say, and which answer is never enough.
type scriptStep struct {
	Name     idp.CheckName
	Title    string
	Needed   string
	Do       []string
	Say      string
	Never    string
	Passed   bool   // and so folded, unless it is Open
	Open     bool   // something was typed that the page has to show
	Ask      string // what to write down about how it was done
	How      string // that was typed
	HowError string
	Voucher  *web.Input // who confirmed; nil: the check has no such person
	Mailbox  *mailbox   // the code's own forms; nil: the member of staff says how it went
}

// mailbox is the part of the page where a code is sent, and where the code that was read out is typed.
type mailbox struct {
	To        web.Options
	Until     web.ClockTime // known: a code is out
	Sent      string        // the person it was sent to
	Left      int           // how many tries are left
	CodeError string
}

// passed counts the checks that are enough, at most two: calling back, and one more proof.
func passed(steps []scriptStep) (n int) {
	var called, second bool
	for _, step := range steps {
		called = called || step.Passed && step.Name == idp.CheckCallBack
		second = second || step.Passed && (step.Name == idp.CheckColleague || step.Name == idp.CheckMailboxCode)
	}
	for _, done := range []bool{called, second} {
		if done {
			n++
		}
	}
	return n
}

// script lists the checks in the order in which they are made.
func (s *Surface) script(ctx context.Context, v door.Visitor, detail directory.CaseDetail, t typed, p web.Problem) ([]scriptStep, error) {
	steps := scriptOf(detail)
	for i := range steps {
		step := &steps[i]
		for _, check := range detail.Case.Checks {
			step.Passed = step.Passed || check.Name == step.Name && check.Result == idp.CheckPassed
		}
		if t.check == step.Name {
			step.How, step.HowError, step.Open = t.how, p.Of("how"), p.Text != ""
		}
		if step.Name == idp.CheckColleague {
			step.Voucher = &web.Input{
				Name: "voucher", Label: "Whom did you speak to?", Hint: "The email address that this colleague signs in with, from the list of the practice’s people.",
				Type: "email", Value: t.voucher, Autocomplete: "off", Optional: true, Error: p.Of("voucher"),
			}
		}
		if step.Name == idp.CheckMailboxCode {
			box, err := s.mailbox(ctx, v, detail, t, p)
			if err != nil {
				return nil, err
			}
			step.Mailbox = &box
		}
	}
	return steps, nil
}

func scriptOf(detail directory.CaseDetail) []scriptStep {
	name, practice := people.Name(detail.User), detail.Practice
	call := "Call " + practice.Phone + ", the number on file for " + practice.Name + ". Dial it yourself."
	if practice.Phone == "" {
		call = "There is no number on file. You can’t go on: a number that the caller gives you proves nothing."
	}
	return []scriptStep{
		{
			Name: idp.CheckCallBack, Title: "Call back", Needed: "Always needed",
			Do: []string{
				"End the call, or answer the email with “we will call your practice”.", call,
				"Ask for " + name + " by name, through the reception if there is one.",
				"Nobody answers? Record nothing, and try again later.",
			},
			Say:   "“This is APS support. Somebody asked us for help with the sign-in of " + name + ". I am calling the number that we have on file. May I speak to " + name + "?”",
			Never: "A number that the caller gives you proves nothing, and neither does a call that came in: the number on the screen can be forged.",
			Ask:   "Which number did you call, and who answered?",
		},
		{
			Name: idp.CheckMailboxCode, Title: "Code from a mailbox", Needed: "Either this or the next one",
			Do: []string{
				"Choose whose mailbox: an administrator of the practice is better than the person.",
				"Send the code, and ask for all eight digits while you are on the telephone.",
			},
			Say:   "“I am sending a code to the mailbox of your practice now. Please read it out to me. We only ever ask for it on a call that we made ourselves.”",
			Never: "Don’t read out a part of the code yourself, and don’t take one that comes by text or chat.",
		},
		{
			Name: idp.CheckColleague, Title: "A colleague confirms", Needed: "Either this or the one before",
			Do: []string{
				"Choose somebody of the practice yourself, from the list of its people. Don’t take a name from the caller, and nobody who works on this case or changed the person’s email address lately.",
				"Reach them through the practice’s number on file, or their own number if APS has it on record.",
				"Ask whether " + name + " works there, and whether it is true what we were asked.",
			},
			Say:   "“We were asked to help " + name + " with signing in. Do you know " + name + ", and do you know of this?”",
			Never: "Somebody who takes over the same call is no second person. Neither is a message from a private mailbox.",
			Ask:   "How did you reach them?",
		},
		{
			Name: idp.CheckPersonal, Title: "Personal data", Needed: "Never enough, and never needed",
			Do:    []string{"If you asked for something that only the person should know, record whether it was right. Never write down the answer."},
			Never: "Dates of birth, addresses, client names and tax numbers are in many hands. They prove nothing, however many are right.",
			Ask:   "What kind of thing did you ask for?",
		},
	}
}

func (s *Surface) mailbox(ctx context.Context, v door.Visitor, detail directory.CaseDetail, t typed, p web.Problem) (mailbox, error) {
	c := detail.Case
	managers, _, err := s.People.ListUsers(ctx, v.Caller, c.PracticeID, directory.UserQuery{Filter: directory.FilterManagers}, directory.Page{}, v.Now)
	if err != nil {
		return mailbox{}, err
	}
	box := mailbox{To: web.Options{Name: "to", Label: "Whose mailbox?", Error: p.Of("to")}, Left: policy.CaseCodeTries - c.CodeMisses, CodeError: p.Of("code")}
	add := func(u idp.User, what string) {
		box.To.Options = append(box.To.Options, web.Option{
			Value: string(u.ID), Label: people.Name(u) + " (" + u.Username + "), " + what, Chosen: string(u.ID) == t.to,
		})
	}
	for _, manager := range managers {
		if manager.User.ID == c.OpenedBy || manager.User.ID == v.Account.User.ID {
			continue // members of staff can't read out a code to themselves
		}
		if manager.User.ID != c.UserID && manager.User.State == idp.UserActive && manager.User.HasPassword() {
			add(manager.User, "administrator")
		}
	}
	add(detail.User, "the person")
	if v.Now.Before(c.CodeUntil) {
		box.Until, box.Sent = web.NewClockTime(c.CodeUntil, v.Now, v.Zone()), detail.Names[c.CodeTo]
	}
	return box, nil
}
