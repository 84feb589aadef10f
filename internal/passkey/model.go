package passkey

import (
	_ "embed"
	"slices"
	"strings"

	"github.com/go-webauthn/webauthn/protocol"

	"github.com/apscloud/apsid/internal/idp"
)

//go:embed models.txt
var models string

// NameOf is what a passkey is called while its person has given it no name: after its model, or else after the way to reach it.
func NameOf(p idp.Passkey) string {
	const aaguid = len("00000000-0000-0000-0000-000000000000")
	for line := range strings.Lines(models) {
		if model, name, _ := strings.Cut(strings.TrimSpace(line), " "); len(model) == aaguid && model == p.Model {
			return name
		}
	}
	inside := slices.Contains(p.Transports, string(protocol.Internal)) || slices.Contains(p.Transports, string(protocol.Hybrid))
	if len(p.Transports) == 0 || inside {
		return "Passkey"
	}
	return "Security key"
}

// Keeping says in words where a passkey is.
func Keeping(p idp.Passkey) string {
	if p.BackedUp {
		return "synced"
	}
	return "this device only"
}

// Model is a kind of passkeys that has a name here.
type Model struct{ ID, Name string }

// Models lists those that there are, in the order of the list.
func Models() (all []Model) {
	for line := range strings.Lines(models) {
		if model, name, named := strings.Cut(strings.TrimSpace(line), " "); named && strings.Count(model, "-") == 4 {
			all = append(all, Model{ID: model, Name: name})
		}
	}
	return all
}
