package demo

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/server"
)

// all creates what is missing and returns what demo.json is to say.
func (s seeder) all(ctx context.Context, issuer string, taken listeners, secrets map[idp.ClientID]idp.Secret) (Manifest, error) {
	m := Manifest{Issuer: issuer, InboxURL: issuer + server.InboxPath}
	changed, err := s.apps(ctx, &m, taken, secrets)
	if err != nil {
		return m, err
	}
	for _, practice := range practices() {
		if err := s.practice(ctx, practice); err != nil {
			return m, err
		}
	}
	if err := s.enable(ctx, changed); err != nil {
		return m, err
	}
	if err := s.machines(ctx, &m, secrets); err != nil {
		return m, err
	}
	return m, s.people(ctx, &m)
}

// apps registers the apps before the practices, which get what each brings. It returns those that are new, or bring more than
// they did.
func (s seeder) apps(ctx context.Context, m *Manifest, taken listeners, secrets map[idp.ClientID]idp.Secret) (changed []idp.ClientID, err error) {
	for i, stage := range demoApps() {
		url := taken.appURL(i)
		registration := stage.client(url, s.config)
		before, err := s.found.FindClient(ctx, stage.id)
		if errors.Is(err, idp.ErrNotFound) || err == nil && !slices.Equal(before.Brings, registration.Brings) {
			changed = append(changed, stage.id)
		}
		secret, err := s.client(ctx, registration, secrets[stage.id])
		if err != nil {
			return nil, err
		}
		m.Apps = append(m.Apps, App{
			Name: stage.name, URL: url, ClientID: string(stage.id), ClientSecret: secret.Reveal(), RedirectURIs: registration.RedirectURIs,
		})
	}
	return changed, nil
}

func (s seeder) machines(ctx context.Context, m *Manifest, secrets map[idp.ClientID]idp.Secret) error {
	for _, machine := range machines(s.now) {
		secret, err := s.client(ctx, machine, secrets[machine.ID])
		if err != nil {
			return err
		}
		if machine.ID == adminID {
			m.AdminAPI = AdminAPI{URL: m.Issuer + "/api/v1", ClientID: string(machine.ID), ClientSecret: secret.Reveal()}
			continue
		}
		m.MachineClients = append(m.MachineClients, Machine{
			Name: machine.Name, ClientID: string(machine.ID), ClientSecret: secret.Reveal(), Scope: strings.Join(machine.Scopes, " "),
		})
	}
	return nil
}

func (s seeder) people(ctx context.Context, m *Manifest) error {
	names := practiceNames()
	for _, p := range people() {
		account, err := s.person(ctx, p)
		if err != nil {
			return err
		}
		entry := p.entry(account, names[p.practice])
		if p.practice == aps {
			m.Staff = append(m.Staff, entry)
			continue
		}
		m.Users = append(m.Users, entry)
	}
	return nil
}

// entry describes the account as it is now: the account's owner may have set up another authenticator since.
func (p person) entry(account idp.Account, practice string) Person {
	e := Person{Username: p.username, Password: p.password, Practice: practice, Note: p.note, Name: p.name}
	if len(account.Authenticators) == 0 {
		return e
	}
	newest := account.Authenticators[0]
	e.MFA = string(newest.Kind)
	e.TOTPKey, e.Phone = newest.TOTPKey.Reveal(), newest.Phone.Reveal()
	if account.PIN != nil {
		e.PIN = p.pin
	}
	return e
}

func practiceNames() map[idp.PracticeID]string {
	names := map[idp.PracticeID]string{}
	for _, p := range practices() {
		names[p.ID] = p.Name
	}
	return names
}
