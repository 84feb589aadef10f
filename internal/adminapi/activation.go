package adminapi

import (
	"context"
	"net/http"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// Activation is a practice's request for MFA.
type Activation struct {
	ID          idp.ActivationID    `json:"id"`
	PracticeID  idp.PracticeID      `json:"practice_id"`
	RequestedBy idp.UserID          `json:"requested_by,omitempty"`
	RequestedAt time.Time           `json:"requested_at"`
	Note        string              `json:"note,omitempty"`
	State       idp.ActivationState `json:"state" enum:"open,activated,declined,withdrawn"`
	AnsweredBy  *Actor              `json:"answered_by,omitempty"`
	AnsweredAt  time.Time           `json:"answered_at,omitzero"`
	Answer      string              `json:"answer,omitempty"`
}

func activationOf(a idp.Activation) Activation {
	shown := Activation{
		ID: a.ID, PracticeID: a.PracticeID, RequestedBy: a.RequestedBy, RequestedAt: a.RequestedAt.UTC(), Note: a.Note, State: a.State,
		AnsweredAt: a.AnsweredAt.UTC(), Answer: a.Answer,
	}
	if a.AnsweredBy.Kind != "" {
		shown.AnsweredBy = &Actor{Kind: a.AnsweredBy.Kind, ID: a.AnsweredBy.ID}
	}
	return shown
}

// Prerequisites says whether MFA can be activated for a practice.
type Prerequisites struct {
	Ready bool           `json:"ready" doc:"Nothing is missing."`
	Lines []Prerequisite `json:"lines" nullable:"false"`
}

// Prerequisite is one line of the report.
type Prerequisite struct {
	Name  string                   `json:"name" example:"contacts"`
	State policy.PrerequisiteState `json:"state" enum:"met,warning,missing"`
	Title string                   `json:"title"`
	Why   string                   `json:"why" doc:"Why it matters."`
	Fix   string                   `json:"fix,omitempty" doc:"How to fix it."`
	Found []string                 `json:"found" nullable:"false" doc:"What was found."`
}

type listActivationsInput struct {
	Paging
	State idp.ActivationState `query:"state" enum:"open,activated,declined,withdrawn" default:"open"`
}

type requestActivationInput struct {
	PracticePath
	Body struct {
		Note string `json:"note,omitempty" maxLength:"1000"`
	}
}

type activateMFAInput struct {
	Activation idp.ActivationID `path:"activation" maxLength:"100"`
	Body       struct {
		Answer string `json:"answer" maxLength:"1000" doc:"For the practice."`
	}
}

type declineActivationInput struct {
	Activation idp.ActivationID `path:"activation" maxLength:"100"`
	Body       struct {
		Answer string `json:"answer" minLength:"1" maxLength:"1000" doc:"For the practice: what has to be done first."`
	}
}

type requireMFAInput struct {
	PracticePath
	Body struct {
		From time.Time `json:"from" doc:"From when; a time that has passed is now."`
	}
}

func (a *API) addActivations() {
	const tag = "MFA"
	register(a, operation{
		id: "check-prerequisites", method: http.MethodGet, path: "/practices/{practice}/prerequisites", tag: tag, scope: PracticesRead,
		summary: "Check what MFA needs", about: "Computed now.",
	}, a.checkPrerequisites)
	register(a, operation{
		command: policy.CommandRequestActivation, method: http.MethodPost, path: "/practices/{practice}/request-activation", tag: tag, scope: MFAActivate, status: http.StatusCreated,
		example: example{"note": "We would like to start on Monday."},
	}, a.requestActivation)
	register(a, operation{
		command: policy.CommandWithdrawActivation, method: http.MethodPost, path: "/practices/{practice}/withdraw-activation", tag: tag, scope: MFAActivate,
	}, onPractice(a.deps.Practices.WithdrawActivation))
	register(a, operation{
		id: "list-activations", method: http.MethodGet, path: "/activations", tag: tag, scope: PracticesRead,
		summary: "List requests for MFA", about: "Oldest first. APS only.",
	}, a.listActivations)
	register(a, operation{
		command: policy.CommandActivateMFA, method: http.MethodPost, path: "/activations/{activation}/activate", tag: tag, scope: MFAActivate,
		example: example{"answer": "All set. MFA is on from now."},
	}, a.activateMFA)
	register(a, operation{
		command: policy.CommandDeclineActivation, method: http.MethodPost, path: "/activations/{activation}/decline", tag: tag, scope: MFAActivate,
		example: example{"answer": "Two people share a mailbox. Please give each their own first."},
	}, a.declineActivation)
	register(a, operation{
		command: policy.CommandRequireMFA, method: http.MethodPost, path: "/practices/{practice}/require-mfa", tag: tag, scope: MFAActivate,
		example: example{"from": "2030-07-01T00:00:00Z"},
	}, a.requireMFA)
	register(a, operation{
		command: policy.CommandStopRequiringMFA, method: http.MethodPost, path: "/practices/{practice}/stop-requiring-mfa", tag: tag, scope: MFAActivate,
	}, a.stopRequiringMFA)
}

func (a *API) checkPrerequisites(ctx context.Context, c call, in *PracticePath) (*Of[Prerequisites], error) {
	report, err := a.deps.Practices.CheckPrerequisites(ctx, c.Caller, in.Practice, c.now)
	if err != nil {
		return nil, err
	}
	return &Of[Prerequisites]{Body: Prerequisites{Ready: report.Ready(), Lines: each(report.Lines, func(p policy.Prerequisite) Prerequisite {
		return Prerequisite{Name: p.Name, State: p.State, Title: p.Title, Why: p.Why, Fix: p.Fix, Found: same(p.Found)}
	})}}, nil
}

func (a *API) requestActivation(ctx context.Context, c call, in *requestActivationInput) (*Of[Activation], error) {
	requested, err := a.deps.Practices.RequestActivation(ctx, c.Caller, in.Practice, in.Body.Note, c.now)
	if err != nil {
		return nil, err
	}
	return &Of[Activation]{Body: activationOf(requested)}, nil
}

func (a *API) listActivations(ctx context.Context, c call, in *listActivationsInput) (*Listed[Activation], error) {
	found, next, err := a.deps.Practices.ListActivations(ctx, c.Caller, in.State, in.page(), c.now)
	if err != nil {
		return nil, err
	}
	return listed(c, found, next, activationOf), nil
}

func (a *API) activateMFA(ctx context.Context, c call, in *activateMFAInput) (*struct{}, error) {
	return nil, a.deps.Practices.AnswerActivation(ctx, c.Caller, in.Activation, true, in.Body.Answer, c.now)
}

func (a *API) declineActivation(ctx context.Context, c call, in *declineActivationInput) (*struct{}, error) {
	return nil, a.deps.Practices.AnswerActivation(ctx, c.Caller, in.Activation, false, in.Body.Answer, c.now)
}

func (a *API) requireMFA(ctx context.Context, c call, in *requireMFAInput) (*struct{}, error) {
	if in.Body.From.IsZero() {
		return nil, idp.Invalid("from", "must be a time")
	}
	return nil, a.deps.Practices.SetMandatory(ctx, c.Caller, in.Practice, in.Body.From, c.now)
}

func (a *API) stopRequiringMFA(ctx context.Context, c call, in *PracticePath) (*struct{}, error) {
	return nil, a.deps.Practices.SetMandatory(ctx, c.Caller, in.Practice, time.Time{}, c.now)
}
