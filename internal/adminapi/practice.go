package adminapi

import (
	"context"
	"net/http"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// Practice is a practice as the API shows it.
type Practice struct {
	ID                                   idp.PracticeID    `json:"id" example:"prc_harbour"`
	Name                                 string            `json:"name" example:"Harbour & Finch Accounting"`
	Kind                                 idp.PracticeKind  `json:"kind" enum:"customer,aps"`
	State                                idp.PracticeState `json:"state" enum:"active,suspended"`
	Region                               idp.Region        `json:"region" enum:"AU,NZ,GB"`
	TimeZone                             string            `json:"time_zone" example:"Australia/Sydney" doc:"IANA name."`
	MFA                                  idp.MFAState      `json:"mfa" enum:"off,requested,active" doc:"The practice's own choice."`
	MFARequiredFrom                      time.Time         `json:"mfa_required_from,omitzero" doc:"From when MFA is mandatory at every app; absent: it is not."`
	Phone                                string            `json:"phone,omitempty" doc:"The number on file, which APS support calls back."`
	PhishingResistanceFrom               time.Time         `json:"phishing_resistance_from,omitzero" doc:"From when all its people need a passkey at every app; absent: they do not."`
	PhishingResistanceAdministratorsFrom time.Time         `json:"phishing_resistance_administrators_from,omitzero" doc:"The same for its administrators and people with User Management+."`
	PasskeyModels                        []string          `json:"passkey_models" nullable:"false" doc:"The AAGUIDs of the passkeys that its people may add; empty: any."`
	Apps                                 []idp.ClientID    `json:"apps" nullable:"false" example:"contacts,user-management"`
	CreatedAt                            time.Time         `json:"created_at"`
	UpdatedAt                            time.Time         `json:"updated_at"`
	Version                              int64             `json:"version"`
}

func practiceOf(p idp.Practice) Practice {
	return Practice{
		ID: p.ID, Name: p.Name, Kind: p.Kind, State: p.State, Region: p.Region, TimeZone: p.TimeZone, MFA: p.MFA,
		MFARequiredFrom: p.MFARequiredFrom.UTC(), Phone: p.Phone,
		PhishingResistanceFrom: p.PhishingResistanceFrom.UTC(), PhishingResistanceAdministratorsFrom: p.PhishingResistanceAdministratorsFrom.UTC(),
		PasskeyModels: same(p.PasskeyModels), Apps: same(p.Apps), CreatedAt: p.CreatedAt.UTC(),
		UpdatedAt: p.UpdatedAt.UTC(), Version: p.Version,
	}
}

// PracticeDetail is everything about one practice.
type PracticeDetail struct {
	Practice
	Counts     Counts      `json:"counts"`
	Activation *Activation `json:"activation,omitempty" doc:"The newest request for MFA; absent: none so far."`
	Mandatory  []Mandate   `json:"mandatory" nullable:"false" doc:"What makes MFA mandatory for it, now or later, by date."`
}

// Counts are of a practice's people. All but disabled count those who are not disabled.
type Counts struct {
	People        int64 `json:"people"`
	Enrolled      int64 `json:"enrolled" doc:"With an authenticator."`
	Passkeys      int64 `json:"passkeys" doc:"With a passkey."`
	Managers      int64 `json:"managers" doc:"With User Management+ access."`
	Invited       int64 `json:"invited" doc:"Asked to join, and without a password so far."`
	NeverSignedIn int64 `json:"never_signed_in"`
	Disabled      int64 `json:"disabled"`
}

// Mandate is a rule that makes MFA mandatory, or a passkey.
type Mandate struct {
	App  idp.ClientID `json:"app,omitempty" doc:"Absent: the practice itself, at every app."`
	Name string       `json:"name"`
	From time.Time    `json:"from"`

	Passkeys       bool `json:"passkeys,omitempty" doc:"It needs a passkey."`
	Administrators bool `json:"administrators,omitempty" doc:"Only of administrators and people with User Management+."`
}

func practiceDetailOf(d directory.PracticeDetail) PracticeDetail {
	detail := PracticeDetail{
		Practice: practiceOf(d.Practice),
		Counts: Counts{
			People: d.Counts.People, Enrolled: d.Counts.Enrolled, Passkeys: d.Counts.Passkeys, Managers: d.Counts.Managers, Invited: d.Counts.Invited,
			NeverSignedIn: d.Counts.NeverSigned, Disabled: d.Counts.Disabled,
		},
		Mandatory: each(d.Mandatory, func(m directory.Mandate) Mandate {
			return Mandate{App: m.App, Name: m.Name, From: m.From.UTC(), Passkeys: m.Passkeys, Administrators: m.Administrators}
		}),
	}
	if d.Activation != nil {
		activation := activationOf(*d.Activation)
		detail.Activation = &activation
	}
	return detail
}

// PracticePath names a practice.
type PracticePath struct {
	Practice idp.PracticeID `path:"practice" maxLength:"100" example:"prc_harbour"`
}

type listPracticesInput struct {
	Paging
	Search string            `query:"search" maxLength:"200" doc:"The beginning of any word of the name, or the whole identifier."`
	State  idp.PracticeState `query:"state" enum:"active,suspended"`
	MFA    idp.MFAState      `query:"mfa" enum:"off,requested,active"`
}

type createPracticeInput struct {
	Body struct {
		Name     string         `json:"name" minLength:"1" maxLength:"80"`
		Region   idp.Region     `json:"region" enum:"AU,NZ,GB"`
		TimeZone string         `json:"time_zone" minLength:"1" pattern:"^[A-Za-z][A-Za-z0-9_+/-]*$" patternDescription:"an IANA time zone, like Australia/Sydney" maxLength:"100" doc:"IANA name."`
		Apps     []idp.ClientID `json:"apps,omitempty" minLength:"1" maxLength:"100" nullable:"false" maxItems:"100"`
	}
}

type editPracticeInput struct {
	PracticePath
	Editing
	Body struct {
		Name     *string     `json:"name,omitempty" minLength:"1" maxLength:"80"`
		Region   *idp.Region `json:"region,omitempty" enum:"AU,NZ,GB"`
		TimeZone *string     `json:"time_zone,omitempty" minLength:"1" pattern:"^[A-Za-z][A-Za-z0-9_+/-]*$" patternDescription:"an IANA time zone, like Australia/Sydney" maxLength:"100"`
		Phone    *string     `json:"phone,omitempty" pattern:"^[0-9+() -]*$" patternDescription:"a phone number, like 02 5550 1234" maxLength:"30" doc:"APS only."`

		PhishingResistanceFrom               Moment    `json:"phishing_resistance_from,omitzero"`
		PhishingResistanceAdministratorsFrom Moment    `json:"phishing_resistance_administrators_from,omitzero"`
		PasskeyModels                        *[]string `json:"passkey_models,omitempty" pattern:"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$" patternDescription:"an AAGUID in small letters" nullable:"false" maxItems:"50"`
	}
}

func (in *editPracticeInput) edit(version int64) directory.PracticeEdit {
	b := in.Body
	return directory.PracticeEdit{
		Version: version, Name: b.Name, Region: b.Region, TimeZone: b.TimeZone, Phone: b.Phone, PhishingResistanceFrom: b.PhishingResistanceFrom.at,
		PhishingResistanceAdministratorsFrom: b.PhishingResistanceAdministratorsFrom.at, PasskeyModels: b.PasskeyModels,
	}
}

func (a *API) addPractices() {
	const tag = "Practices"
	register(a, operation{
		id: "list-practices", method: http.MethodGet, path: "/practices", tag: tag, scope: PracticesRead,
		summary: "List practices", about: "By name. APS only.",
	}, a.listPractices)
	register(a, operation{
		command: policy.CommandCreatePractice, method: http.MethodPost, path: "/practices", tag: tag, scope: PracticesWrite, status: http.StatusCreated,
		example: example{"name": "Kauri Lane Bookkeeping", "region": "NZ", "time_zone": "Pacific/Auckland", "apps": []string{exampleApp}},
	}, a.createPractice)
	register(a, operation{
		id: "show-practice", method: http.MethodGet, path: "/practices/{practice}", tag: tag, scope: PracticesRead,
		summary: "Show a practice",
	}, a.showPractice)
	register(a, operation{
		command: policy.CommandEditPractice, method: http.MethodPatch, path: "/practices/{practice}", tag: tag, scope: PracticesWrite, edits: true,
		example: example{"name": "Harbour & Finch", "time_zone": "Australia/Melbourne", "phone": "+61 2 5550 0100"},
	}, a.editPractice)
	register(a, operation{
		command: policy.CommandSuspendPractice, method: http.MethodPost, path: "/practices/{practice}/suspend", tag: tag, scope: PracticesWrite,
	}, onPractice(a.deps.Practices.SuspendPractice))
	register(a, operation{
		command: policy.CommandResumePractice, method: http.MethodPost, path: "/practices/{practice}/resume", tag: tag, scope: PracticesWrite,
	}, onPractice(a.deps.Practices.ResumePractice))
}

func (a *API) listPractices(ctx context.Context, c call, in *listPracticesInput) (*Listed[Practice], error) {
	q := directory.PracticeQuery{Search: in.Search, State: in.State, MFA: in.MFA}
	found, next, err := a.deps.Practices.ListPractices(ctx, c.Caller, q, in.page(), c.now)
	if err != nil {
		return nil, err
	}
	return listed(c, found, next, practiceOf), nil
}

func (a *API) createPractice(ctx context.Context, c call, in *createPracticeInput) (*Created[Practice], error) {
	n := directory.NewPractice{Kind: idp.PracticeCustomer, MFA: idp.MFAOff, Apps: in.Body.Apps}
	n.Name, n.Region, n.TimeZone = in.Body.Name, in.Body.Region, in.Body.TimeZone
	p, err := a.deps.Practices.CreatePractice(ctx, c.Caller, n, c.now)
	if err != nil {
		return nil, err
	}
	return &Created[Practice]{Location: Prefix + "/practices/" + string(p.ID), ETag: etag(p.Version), Body: practiceOf(p)}, nil
}

func (a *API) showPractice(ctx context.Context, c call, in *PracticePath) (*Versioned[PracticeDetail], error) {
	d, err := a.deps.Practices.FindPractice(ctx, c.Caller, in.Practice, c.now)
	if err != nil {
		return nil, err
	}
	return &Versioned[PracticeDetail]{ETag: etag(d.Practice.Version), Body: practiceDetailOf(d)}, nil
}

func (a *API) editPractice(ctx context.Context, c call, in *editPracticeInput) (*Versioned[Practice], error) {
	version, err := in.version()
	if err != nil {
		return nil, err
	}
	p, err := a.deps.Practices.UpdatePractice(ctx, c.Caller, in.Practice, in.edit(version), c.now)
	if err != nil {
		return nil, err
	}
	return &Versioned[Practice]{ETag: etag(p.Version), Body: practiceOf(p)}, nil
}

// onPractice is an action that needs nothing but the practice.
func onPractice(act func(context.Context, directory.Caller, idp.PracticeID, time.Time) error) func(context.Context, call, *PracticePath) (*struct{}, error) {
	return func(ctx context.Context, c call, in *PracticePath) (*struct{}, error) {
		return nil, act(ctx, c.Caller, in.Practice, c.now)
	}
}
