package apply

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
)

func (p *planner) planApps(ctx context.Context, files Files) error {
	return p.planClients(ctx, files.apps, func(o object[clientSpec]) error {
		if given(o.spec.Kind) == string(idp.ClientMachine) {
			return o.mistake("kind", "machine: list it under integrations")
		}
		return nil
	})
}

func (p *planner) planIntegrations(ctx context.Context, files Files) error {
	machine := string(idp.ClientMachine)
	integrations := slices.Clone(files.integrations)
	for i, o := range integrations {
		if o.spec.Kind != nil {
			p.wrong(o.mistake("kind", "belongs to apps: an integration has none"))
		}
		integrations[i].spec.Kind = &machine
	}
	return p.planClients(ctx, integrations, func(o object[clientSpec]) error {
		bound := idp.PracticeID(given(o.spec.Practice))
		if bound == "" {
			return nil // unchanged, or a new integration without a practice, which CheckClient refuses
		}
		_, err := p.practice(ctx, bound)
		if exists, err := found(err); exists || err != nil {
			return err
		}
		return o.mistake("practice", "there is no practice %s", shown(string(bound)))
	})
}

func (p *planner) planClients(ctx context.Context, objects []object[clientSpec], check func(object[clientSpec]) error) error {
	for _, o := range objects {
		if err := check(o); err != nil {
			p.wrong(err)
			continue
		}
		stored, err := p.stored.FindClient(ctx, idp.ClientID(given(o.spec.ID)))
		exists, err := found(err)
		if err != nil {
			return err
		}
		if !exists {
			stored.Kind = idp.ClientWeb
		}
		wanted := stored
		wanted.Registration, err = registration(o, stored.Registration)
		if o.spec.Disabled != nil {
			wanted.Disabled = *o.spec.Disabled
		}
		if err != nil {
			p.wrong(err) // the other mistakes are looked for all the same
		}
		if exists {
			if err := keeps(o, stored, wanted); err != nil {
				p.wrong(err)
				continue
			}
		}
		p.clients[wanted.ID] = wanted
		p.planClient(o, exists, stored, wanted)
	}
	return nil
}

// keeps refuses to change a field that is fixed at registration: everything that was handed out depends on it.
func keeps(o object[clientSpec], stored, wanted idp.Client) error {
	_, changes := directory.CompareClients(stored, wanted)
	for _, change := range changes {
		if change.Fixed {
			return o.mistake(nameOf(change), "can’t be changed: it is %s", strings.Join(change.Before, " "))
		}
	}
	return nil
}

func (p *planner) planClient(o object[clientSpec], exists bool, stored, wanted idp.Client) {
	n, known := directory.NewClient{Registration: wanted.Registration}, len(p.mistakes)
	if !exists {
		var err error
		n.Secret, err = p.secret(o)
		if err == nil && needsSecret(n) && n.Secret.IsZero() && p.KeepSecret == nil {
			err = o.mistake("secret_file", "is missing, and so is secret_env: name one of them, or a file for secrets that are drawn")
		}
		if err != nil {
			p.wrong(err)
		}
		stored = idp.Client{}
	}
	if err := p.to.Clients.CheckClient(n, stored, p.now); err != nil {
		p.wrong(o.refused(err, clientFields()))
	}
	if len(p.mistakes) > known {
		return
	}
	var d difference
	edit, changes := directory.CompareClients(stored, wanted)
	d.add(changes)
	if !exists {
		p.changes = append(p.changes, p.register(o, d, n, wanted.Disabled))
		return
	}
	if len(d) == 0 {
		return
	}
	p.changes = append(p.changes, change{
		sign: '~', name: o.name, fields: d, refused: func(err error) error { return o.refused(err, clientFields()) },
		carry: func(ctx context.Context, to *directory.Directory, now time.Time) error {
			_, err := to.Clients.EditClient(ctx, p.Caller, wanted.ID, edit, now)
			return err
		},
	})
}

// register creates a client. A drawn secret is written to the file for secrets before the client is registered with it: a secret
// that was lost would have to be replaced.
func (p *planner) register(o object[clientSpec], d difference, wanted directory.NewClient, disabled bool) change {
	c := change{sign: '+', name: o.name, fields: d, refused: func(err error) error { return o.refused(err, clientFields()) }}
	if needsSecret(wanted) && wanted.Secret.IsZero() {
		wanted.Secret = idp.RandomSecret(32)
		c.fields = append(c.fields, field{'+', "secret: drawn"})
		c.prepare = func() error { return p.KeepSecret(wanted.ID, wanted.Secret) }
	}
	c.carry = func(ctx context.Context, to *directory.Directory, now time.Time) error {
		made, _, err := to.Clients.RegisterClient(ctx, p.Caller, wanted, now)
		if err != nil || !disabled {
			return err
		}
		_, err = to.Clients.EditClient(ctx, p.Caller, made.ID, directory.ClientEdit{Version: made.Version, Disabled: &disabled}, now)
		return err
	}
	return c
}

func needsSecret(n directory.NewClient) bool {
	return n.AuthMethod.BySecret()
}

// clientFields are the directory's names of fields where they differ from those of the file.
func clientFields() map[string]string {
	return map[string]string{"client_id": "id", "practice_id": "practice", "public_keys": "public_keys_file", "logo": "logo_file", "secret": "secret_file"}
}

// practice returns a practice as it will be once the plan is carried out.
func (p *planner) practice(ctx context.Context, id idp.PracticeID) (idp.Practice, error) {
	if planned, found := p.practices[id]; found {
		return planned, nil
	}
	return p.stored.FindPractice(ctx, id)
}

// sorted returns a sorted copy without doubles.
func sorted[T ~string](values []T) []T { return slices.Compact(slices.Sorted(slices.Values(values))) }
