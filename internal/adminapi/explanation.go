package adminapi

import (
	"context"
	"net/http"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// Explanation says why a person can or can't enter an app, which rule asks for MFA there, and what became of sign-ins so far.
type Explanation struct {
	Access         policy.Access    `json:"access" example:"granted" doc:"Whether the person may enter the app, or why not."`
	MFA            bool             `json:"mfa" doc:"MFA is asked for."`
	Reason         policy.MFAReason `json:"reason" example:"practice_activated" doc:"The rule that asks for it, or not_required."`
	Rules          []MFARule        `json:"rules" nullable:"false" doc:"All rules there are, strictest first."`
	Authenticators []idp.Kind       `json:"authenticators" nullable:"false" enum:"totp,sms,passkey"`
	RecoveryPIN    bool             `json:"recovery_pin" doc:"One is set."`
	Locks          []Lock           `json:"locks" nullable:"false" doc:"What is locked now."`
	Signins        []Event          `json:"signins" nullable:"false" doc:"How the last ones at the app ended, newest first."`
	Sessions       []SessionStory   `json:"sessions" nullable:"false" doc:"The last ones at the app, newest first."`
}

// MFARule is a rule that asks for MFA.
type MFARule struct {
	Reason  policy.MFAReason `json:"reason"`
	ACR     idp.ACR          `json:"acr" enum:"urn:aps:acr:mfa,urn:aps:acr:phr" doc:"What it asks for."`
	Applies bool             `json:"applies" doc:"Now."`
	From    time.Time        `json:"from,omitzero" doc:"Since when, or from when; absent: it has no date."`
}

// SessionStory is a session and what ended it.
type SessionStory struct {
	Session
	Alive  bool          `json:"alive"`
	Reason idp.EndReason `json:"ended_by_reason,omitempty" enum:"idle,lifetime,logout,revoked"`
	By     string        `json:"ended_by,omitempty" doc:"What ended it, where that is known: the type of an event, say."`
	Actor  *Actor        `json:"ended_by_actor,omitempty"`
	At     time.Time     `json:"ended_at,omitzero"`
}

func explanationOf(e directory.SigninExplanation) Explanation {
	return Explanation{
		Access: e.Access, MFA: e.Required.MFA(), Reason: e.Required.Reason, Authenticators: same(e.Kinds), RecoveryPIN: e.HasPIN,
		Rules: each(e.Rules, func(r policy.MFARule) MFARule {
			return MFARule{Reason: r.Reason, ACR: r.ACR, Applies: r.Applies, From: r.From.UTC()}
		}),
		Locks: each(e.Locks, lockOf), Signins: each(e.Signins, eventOf), Sessions: each(e.Sessions, storyOf),
	}
}

func storyOf(s directory.SessionStory) SessionStory {
	story := SessionStory{Session: sessionOf(s.Session), Alive: s.Alive, Reason: s.Reason, By: s.By, At: s.Session.EndedAt.UTC()}
	if s.Actor.Kind != "" {
		story.Actor = &Actor{Kind: s.Actor.Kind, ID: s.Actor.ID}
	}
	return story
}

type explainInput struct {
	UserPath
	App idp.ClientID `path:"app" maxLength:"100" example:"contacts"`
}

func (a *API) addExplanations() {
	register(a, operation{
		id: "explain-signin", method: http.MethodGet, path: "/users/{user}/apps/{app}/explanation", tag: "Sessions", scope: EventsRead,
		summary: "Explain a sign-in", about: "As things stand now: who may enter, which rule asks for MFA, what ended the last sessions. APS only.",
	}, a.explain)
}

func (a *API) explain(ctx context.Context, c call, in *explainInput) (*Of[Explanation], error) {
	e, err := a.deps.People.ExplainSignin(ctx, c.Caller, in.User, in.App, c.now)
	if err != nil {
		return nil, err
	}
	return &Of[Explanation]{Body: explanationOf(e)}, nil
}
