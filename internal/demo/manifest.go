package demo

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/apscloud/apsid/internal/idp"
)

// ManifestName is the file in the state folder that tells tools all they need to know of the demo.
const ManifestName = "demo.json"

// Manifest is what it holds.
type Manifest struct {
	Issuer         string    `json:"issuer"`
	InboxURL       string    `json:"inbox_url"` // with ".json" after it, as JSON
	Apps           []App     `json:"apps"`
	MachineClients []Machine `json:"machine_clients"`
	Users          []Person  `json:"users"`
	Staff          []Person  `json:"staff"`
	AdminAPI       AdminAPI  `json:"admin_api"`
}

// App is an app to sign in to.
type App struct {
	Name         string   `json:"name"`
	URL          string   `json:"url"`
	ClientID     string   `json:"client_id"`
	ClientSecret string   `json:"client_secret"`
	RedirectURIs []string `json:"redirect_uris"`
}

// Machine is an integration.
type Machine struct {
	Name         string `json:"name"`
	ClientID     string `json:"client_id"`
	ClientSecret string `json:"client_secret"`
	Scope        string `json:"scope"`
}

// Person is an account to sign in with.
type Person struct {
	Username string `json:"username"`
	Password string `json:"password"`
	Practice string `json:"practice"`
	Note     string `json:"note"`
	Name     string `json:"name"`
	MFA      string `json:"mfa"` // "totp", "sms", or "" while nothing is set up
	TOTPKey  string `json:"totp_key,omitempty"`
	Phone    string `json:"phone,omitempty"`
	PIN      string `json:"recovery_pin,omitempty"` // as long as MFA is as the demo set it up
}

// AdminAPI is the client of the management API.
type AdminAPI struct {
	URL          string `json:"url"`
	ClientID     string `json:"client_id"`
	ClientSecret string `json:"client_secret"`
}

// secrets returns the client secrets in it, so that they stay the same from one start to the next.
func (m Manifest) secrets() map[idp.ClientID]idp.Secret {
	found := map[idp.ClientID]idp.Secret{}
	add := func(id, secret string) {
		if id != "" && secret != "" {
			found[idp.ClientID(id)] = idp.NewSecret(secret)
		}
	}
	for _, app := range m.Apps {
		add(app.ClientID, app.ClientSecret)
	}
	for _, machine := range m.MachineClients {
		add(machine.ClientID, machine.ClientSecret)
	}
	add(m.AdminAPI.ClientID, m.AdminAPI.ClientSecret)
	return found
}

// readManifest returns the one of the last start; an empty one if there was none.
func readManifest(folder string) (m Manifest, err error) {
	text, err := os.ReadFile(filepath.Join(folder, ManifestName)) // #nosec G304 -- the operator names the folder
	if errors.Is(err, fs.ErrNotExist) {
		return m, nil
	}
	if err != nil {
		return m, err
	}
	if err := json.Unmarshal(text, &m); err != nil {
		return m, fmt.Errorf("%s: %w", ManifestName, err)
	}
	return m, nil
}

// write puts it in place in one step, readable by its owner only.
func (m Manifest) write(folder string) error {
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	draft, err := os.CreateTemp(folder, ManifestName+".*") // mode 0600
	if err != nil {
		return err
	}
	_, err = draft.Write(append(text, '\n'))
	err = errors.Join(err, draft.Close())
	if err == nil {
		err = os.Rename(draft.Name(), filepath.Join(folder, ManifestName))
	}
	if err != nil {
		return errors.Join(err, os.Remove(draft.Name()))
	}
	return nil
}
