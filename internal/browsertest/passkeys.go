package browsertest

import (
	"context"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
)

// Device makes and keeps passkeys for a browser, as a phone or a key does, with a person who agrees to everything until told otherwise. It
// belongs to one tab: another tab of the same browser sees none of its passkeys.
type Device struct {
	browser *Browser
	id      webauthn.AuthenticatorID
}

// DeviceKind says what a device is like.
type DeviceKind struct {
	Key    bool // a security key at the USB port; else it is inside of the phone or computer
	Synced bool // what it makes can be kept in an account as well
}

// Plug gives the browser a device. Browsers use passkeys at addresses with a name only, such as localhost.
func (b *Browser) Plug(kind DeviceKind) *Device {
	b.t.Helper()
	options := webauthn.VirtualAuthenticatorOptions{
		Protocol: webauthn.AuthenticatorProtocolCtap2, Ctap2version: webauthn.Ctap2versionCtap21, Transport: webauthn.AuthenticatorTransportInternal,
		HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
		DefaultBackupEligibility: kind.Synced, DefaultBackupState: kind.Synced,
	}
	if kind.Key {
		options.Transport = webauthn.AuthenticatorTransportUsb
	}
	b.do(call(page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: `
		if (navigator.credentials) {
			const get = navigator.credentials.get.bind(navigator.credentials);
			navigator.credentials.get = (...options) => { window.askedForPasskeys = true; return get(...options); };
		}`}))
	b.do(call(webauthn.Enable, webauthn.EnableParams{}))
	added := ask(b, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &options})
	return &Device{browser: b, id: added.AuthenticatorID}
}

// AwaitAsked waits until the page has asked for passkeys, as it does for those that the browser may offer to fill in.
func (d *Device) AwaitAsked() {
	d.browser.t.Helper()
	d.browser.Await("the page asks for passkeys", `window.askedForPasskeys === true`)
}

// Passkeys are those that the device keeps.
func (d *Device) Passkeys() []*webauthn.Credential {
	d.browser.t.Helper()
	return ask(d.browser, webauthn.GetCredentials, webauthn.GetCredentialsParams{AuthenticatorID: d.id}).Credentials
}

// Take puts a passkey of another device into this one.
func (d *Device) Take(passkey *webauthn.Credential) {
	d.browser.t.Helper()
	d.browser.do(call(cdp.Command[takenParams, cdp.Empty]{Method: webauthn.CommandAddCredential}, takenParams{d.id, taken{
		passkey.CredentialID, passkey.IsResidentCredential, passkey.RpID, passkey.PrivateKey, passkey.UserHandle, passkey.SignCount, passkey.BackupEligibility, passkey.BackupState,
	}}))
}

// takenParams are webauthn.AddCredentialParams without what this authenticator refuses to be told of.
type takenParams struct {
	ID         webauthn.AuthenticatorID `json:"authenticatorId"`
	Credential taken                    `json:"credential"`
}

type taken struct {
	ID         []byte  `json:"credentialId"`
	Resident   bool    `json:"isResidentCredential"`
	RPID       string  `json:"rpId"`
	PrivateKey []byte  `json:"privateKey"`
	UserHandle []byte  `json:"userHandle"`
	SignCount  float64 `json:"signCount"`
	Eligible   bool    `json:"backupEligibility"`
	BackedUp   bool    `json:"backupState"`
}

// Agrees says whether the person touches the device when it asks; without that it waits.
func (d *Device) Agrees(agrees bool) {
	d.browser.t.Helper()
	d.browser.do(call(webauthn.SetAutomaticPresenceSimulation, webauthn.SetAutomaticPresenceSimulationParams{AuthenticatorID: d.id, Enabled: agrees}))
}

// Recognises says whether the device takes the person's finger, face or PIN for the right one.
func (d *Device) Recognises(recognises bool) {
	d.browser.t.Helper()
	d.browser.do(call(webauthn.SetUserVerified, webauthn.SetUserVerifiedParams{AuthenticatorID: d.id, IsUserVerified: recognises}))
}

// Unplug takes the device away.
func (d *Device) Unplug() {
	d.browser.t.Helper()
	d.browser.do(call(webauthn.RemoveVirtualAuthenticator, webauthn.RemoveVirtualAuthenticatorParams{AuthenticatorID: d.id}))
}

// AwaitPage does something that leads to another page later than the act itself, such as a device that is asked first, and waits for that
// page.
func (b *Browser) AwaitPage(what string, act func()) {
	b.t.Helper()
	b.navigate(what, chromedp.Func(func(context.Context, *chromedp.Target) error {
		act()
		return nil
	}))
}

// ask gives the browser a command and returns its answer.
func ask[P, R any](b *Browser, command cdp.Command[P, R], parameters P) R {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	var answer R
	err := chromedp.Do(ctx, chromedp.Func(func(ctx context.Context, t *chromedp.Target) (err error) {
		answer, err = cdp.Call(ctx, t, command, parameters)
		return err
	}))
	if err != nil {
		b.fail("%v", err)
	}
	return answer
}
