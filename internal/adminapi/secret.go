package adminapi

import (
	"context"
	"net/http"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// ClientSecret says that a client has a secret, and until when; never which.
type ClientSecret struct {
	ID        string    `json:"id" example:"sec_k3v"`
	CreatedAt time.Time `json:"created_at,omitzero"`
	ExpiresAt time.Time `json:"expires_at,omitzero" doc:"Absent: never."`
}

func secretOf(s idp.ClientSecret) ClientSecret {
	return ClientSecret{ID: s.ID, CreatedAt: s.CreatedAt.UTC(), ExpiresAt: s.ExpiresAt.UTC()}
}

// AddedSecret is a new secret.
type AddedSecret struct {
	ClientSecret
	Secret string `json:"client_secret,omitempty" doc:"Shown once. Absent in a replay."`
}

type addSecretInput struct {
	ClientPath
	Body struct {
		ExpiresAt time.Time `json:"expires_at,omitzero" doc:"When it ends; absent: never."`
		OldEndsAt time.Time `json:"old_ends_at,omitzero" doc:"When the older one ends; absent: as before."`
	}
}

type removeSecretInput struct {
	ClientPath
	Secret string `path:"secret" maxLength:"100"`
}

func (a *API) addSecrets() {
	const tag = "Apps and integrations"
	register(a, operation{
		command: policy.CommandAddSecret, method: http.MethodPost, path: "/clients/{client}/secrets", tag: tag, scope: ClientsWrite, status: http.StatusCreated, once: onceSecret,
		example: example{"expires_at": "2031-06-30T00:00:00Z", "old_ends_at": "2030-07-31T00:00:00Z"},
	}, a.addSecret)
	register(a, operation{
		command: policy.CommandRemoveSecret, method: http.MethodDelete, path: "/clients/{client}/secrets/{secret}", tag: tag, scope: ClientsWrite,
	}, a.removeSecret)
}

func (a *API) addSecret(ctx context.Context, c call, in *addSecretInput) (*Of[AddedSecret], error) {
	added, secret, err := a.deps.Registrations.AddSecret(ctx, c.Caller, in.Client, in.Body.ExpiresAt, in.Body.OldEndsAt, c.now)
	if err != nil {
		return nil, err
	}
	return &Of[AddedSecret]{Body: AddedSecret{ClientSecret: secretOf(added), Secret: secret.Reveal()}}, nil
}

func (a *API) removeSecret(ctx context.Context, c call, in *removeSecretInput) (*struct{}, error) {
	return nil, a.deps.Registrations.RemoveSecret(ctx, c.Caller, in.Client, in.Secret, c.now)
}
