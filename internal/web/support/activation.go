package support

import (
	"net/http"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/web"
	"github.com/apscloud/apsid/internal/web/door"
	"github.com/apscloud/apsid/internal/web/people"
)

// activationBody is a practice's request for MFA, with the report on what it needs first.
type activationBody struct {
	Asked  web.ClockTime
	By     string
	Note   string
	Lines  []prerequisiteRow
	Ready  bool
	Ends   string // who has to sign in again if it is activated
	Answer web.Area
	Cancel string
	Prove  string
}

// prerequisiteRow is a line of the report.
type prerequisiteRow struct {
	policy.Prerequisite
	Badge web.Badge
}

func (s *Surface) activation(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	detail, err := s.openRequest(r, v)
	if err != nil {
		return err
	}
	return s.showActivation(w, r, v, detail, "", web.NoProblem())
}

// openRequest reads the practice's request that waits for an answer. Errors: idp.CodeNotFound if there is none.
func (s *Surface) openRequest(r *http.Request, v door.Visitor) (directory.PracticeDetail, error) {
	detail, err := s.practiceDetail(r, v)
	if err == nil && (detail.Activation == nil || detail.Activation.State != idp.ActivationOpen) {
		err = idp.ErrNotFound
	}
	return detail, err
}

func (s *Surface) showActivation(w http.ResponseWriter, r *http.Request, v door.Visitor, detail directory.PracticeDetail, answer string, p web.Problem) error {
	practice, request := detail.Practice, detail.Activation
	report, err := s.Practices.CheckPrerequisites(r.Context(), v.Caller, practice.ID, v.Now)
	if err != nil {
		return err
	}
	asker, err := s.People.FindUser(r.Context(), v.Caller, request.RequestedBy, v.Now)
	if err != nil {
		return err
	}
	ends, err := s.Practices.CountSessions(r.Context(), v.Caller, practice.ID, true, v.Now)
	if err != nil {
		return err
	}
	body := activationBody{
		Ends:  people.SignInAgain(ends),
		Asked: web.NewMoment(request.RequestedAt, v.Now, v.Zone()), By: people.Name(asker.Account.User), Note: request.Note, Ready: report.Ready(),
		Cancel: practicePath(practice.ID), Answer: web.Area{
			Name: "answer", Label: "Answer to the practice", Hint: "They get it by email. Needed if you decline: say what has to be done first.",
			Value: answer, MaxLength: 1000, Optional: true, Error: p.Of("answer"),
		},
	}
	for _, line := range report.Lines {
		body.Lines = append(body.Lines, prerequisiteRow{Prerequisite: line, Badge: prerequisiteBadge(line.State)})
	}
	body.Prove = s.kit.Beside(p)
	f := s.frame(v, inPractices, "activation", "MFA for "+practice.Name)
	f.Shell.Back = &web.Link{URL: practicePath(practice.ID), Label: practice.Name}
	f.Alert = p.Alert("answer")
	return s.show(w, r, p.Status, "activation", f, body)
}

func (s *Surface) answerActivation(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	values, err := web.Form{Lines: []string{"action"}, Texts: []string{"answer"}}.Read(w, r)
	if err != nil {
		return err
	}
	action, err := oneOf(values, "activate", "decline")
	if err != nil {
		return err
	}
	detail, err := s.openRequest(r, v)
	if err != nil {
		return err
	}
	answer, done := values.Get("answer"), "declined"
	activate := action == "activate"
	if activate {
		done = "activated"
	}
	err = s.Practices.AnswerActivation(r.Context(), v.Caller, detail.Activation.ID, activate, answer, v.Now)
	if problem, ok := web.ProblemOf(err); ok {
		return s.showActivation(w, r, v, detail, answer, problem)
	}
	if err != nil {
		return err
	}
	return s.kit.Done(w, r, practicePath(detail.Practice.ID), done)
}

func prerequisiteBadge(state policy.PrerequisiteState) web.Badge {
	switch state {
	case policy.PrerequisiteMet:
		return web.Badge{Tone: web.ToneGood, Text: "Met"}
	case policy.PrerequisiteWarning:
		return web.Badge{Tone: web.ToneWarn, Text: "Look at this"}
	default:
		return web.Badge{Tone: web.ToneBad, Text: "Missing"}
	}
}
