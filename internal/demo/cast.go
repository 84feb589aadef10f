package demo

import (
	"slices"
	"time"

	"github.com/apscloud/apsid/internal/adminapi"
	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
)

// The practices of the demo have fixed identifiers, so that they are found again.
const (
	harbour idp.PracticeID = "prc_demo-harbour-finch"
	kauri   idp.PracticeID = "prc_demo-kauri-lane"
	thistle idp.PracticeID = "prc_demo-thistle-rowe"
	aps     idp.PracticeID = "prc_demo-aps"
)

const (
	timesheetsID idp.ClientID = "timesheets"
	contactsID   idp.ClientID = "contacts"
	lodgementsID idp.ClientID = "lodgements"
	adminID      idp.ClientID = "aps-admin"
)

// practices have telephone numbers that are set aside for films (ACMA and Ofcom), so they reach no one. New Zealand is not known
// to set any aside, so its practice has an Australian number too; the mobile numbers of its people are made up, and the
// demo sends no message anyway.
func practices() []directory.NewPractice {
	apps := []idp.ClientID{timesheetsID, contactsID, lodgementsID}
	return []directory.NewPractice{
		{
			ID: harbour, Kind: idp.PracticeCustomer, MFA: idp.MFAActive, Apps: apps,
			PracticeDetails: idp.PracticeDetails{Name: "Harbour & Finch Accounting", Region: idp.RegionAU, TimeZone: "Australia/Sydney", Phone: "02 5550 1134"},
		},
		{
			ID: kauri, Kind: idp.PracticeCustomer, MFA: idp.MFAOff, Apps: apps,
			PracticeDetails: idp.PracticeDetails{Name: "Kauri Lane Bookkeeping", Region: idp.RegionNZ, TimeZone: "Pacific/Auckland", Phone: "+61 2 5550 1268"},
		},
		{
			ID: thistle, Kind: idp.PracticeCustomer, MFA: idp.MFAActive, Apps: apps,
			PracticeDetails: idp.PracticeDetails{Name: "Thistle & Rowe", Region: idp.RegionGB, TimeZone: "Europe/London", Phone: "020 7946 0134"},
		},
		{
			ID: aps, Kind: idp.PracticeAPS, MFA: idp.MFAActive, Apps: apps,
			PracticeDetails: idp.PracticeDetails{Name: "APS", Region: idp.RegionAU, TimeZone: "Australia/Sydney", Phone: "02 5550 1000"},
		},
	}
}

// person is a person to sign in as. The passwords are no secret: this is a demo on loopback.
type person struct {
	practice idp.PracticeID
	username string
	name     string
	password string
	roles    []idp.Role
	mfa      idp.Kind // set up already; "" for not yet
	country  string   // KindSMS: of the number; "": AU
	phone    string   // KindSMS
	pin      string   // with mfa
	note     string
}

const (
	demoPIN   = "580341"
	demoPhone = "0491 570 156" // one of those set aside for films (ACMA), so it reaches no one
)

func people() []person {
	manage := []idp.Role{idp.RoleSystemAdministrator, idp.RoleUserManagement}
	return []person{
		{
			practice: harbour, username: "mia@harbourfinch.example", name: "Mia Chen", password: "correct-horse-harbour-1",
			note: "Has never set up MFA and will be asked to.",
		},
		{
			practice: harbour, username: "tom@harbourfinch.example", name: "Tom Okafor", password: "battery-staple-harbour-2",
			mfa: idp.KindTOTP, pin: demoPIN, note: "Uses an authenticator app: its key is totp_key in demo.json. Recovery PIN " + demoPIN + ".",
		},
		{
			practice: harbour, username: "sara@harbourfinch.example", name: "Sara Lindqvist", password: "purple-kettle-harbour-3",
			mfa: idp.KindSMS, phone: demoPhone, pin: demoPIN, note: "Uses text messages: they arrive in the inbox. Recovery PIN " + demoPIN + ".",
		},
		{
			practice: harbour, username: "olivia@harbourfinch.example", name: "Olivia Finch", password: "granite-window-harbour-4",
			roles: manage, mfa: idp.KindTOTP, pin: demoPIN, note: "System Administrator with User Management+ access. Authenticator app, as Tom.",
		},
		{
			practice: kauri, username: "aroha@kaurilane.example", name: "Aroha Ngata", password: "lantern-meadow-kauri-5",
			roles: manage, note: "MFA is off in this practice: a password is enough.",
		},
		{
			practice: kauri, username: "wiremu@kaurilane.example", name: "Wiremu Paki", password: "harakeke-ladder-kauri-9",
			mfa: idp.KindSMS, country: "NZ", phone: "021 000 0134", pin: demoPIN, note: "Uses text messages to a New Zealand number: they arrive in the inbox.",
		},
		{
			practice: kauri, username: "hana@kaurilane.example", name: "Hana Tautari", password: "ferry-pounamu-kauri-10",
			note: "Has not set up MFA: choose New Zealand to try a number of your own. Nothing is really sent.",
		},
		{
			practice: thistle, username: "ewan@thistlerowe.example", name: "Ewan Rowe", password: "teapot-bramble-thistle-7",
			mfa: idp.KindTOTP, pin: demoPIN, note: "Nobody in this practice has User Management+ access: only APS support can help. Authenticator app, as Tom.",
		},
		{
			practice: aps, username: "riley@aps.example", name: "Riley Marsh", password: "saddle-copper-support-6",
			roles: []idp.Role{idp.RoleAPSStaff}, mfa: idp.KindTOTP, pin: demoPIN, note: "Works at APS, where MFA is always on. Authenticator app, as Tom.",
		},
		{
			practice: aps, username: "noor@aps.example", name: "Noor Haddad", password: "orchard-velvet-support-8",
			roles: []idp.Role{idp.RoleAPSStaff}, mfa: idp.KindTOTP, pin: demoPIN, note: "Works at APS too: approves the support cases that Riley opens. Authenticator app, as Tom.",
		},
	}
}

// unlistened is a redirect URI at which nothing listens, so that a test client can play the app.
const unlistened = "http://127.0.0.1:9/callback"

// signOnGroup is the sign-on group of Cloud Timesheets and Contacts+ with --demo-sign-on-group.
const signOnGroup = "practice-apps"

// client is the registration of an app that is reached at url.
func (s stage) client(url string, c Config) directory.NewClient {
	n := directory.NewClient{
		Registration: idp.Registration{
			ID: s.id, Name: s.name, Kind: idp.ClientWeb, RedirectURIs: []string{url + "/auth/callback", unlistened},
			PostLogoutRedirectURIs: []string{url + "/"}, InitiateLoginURI: url + "/auth/login",
			BackchannelLogoutURI: url + "/auth/backchannel-logout",
			Scopes:               []string{"openid", "profile", "email", "offline_access"}, RefreshTokens: true, IDTokenAlg: s.alg,
			Profile: s.profile, Accent: s.accent, Logo: s.logo(),
		},
	}
	if s.id == contactsID {
		n.Brings = []idp.ClientID{idp.AppUserManagement}
	}
	if s.profile == idp.ProfileGovernmentConnected {
		n.SessionIdleTimeout = c.DemoIdle
	} else if c.DemoSignOnGroup {
		n.SignOnGroup = signOnGroup
	}
	return n
}

// machines are registered as APS would register them: each with its owner, its purpose and the date of its next review.
func machines(now time.Time) []directory.NewClient {
	machine := func(id idp.ClientID, name string, practice idp.PracticeID, owner, purpose string, scopes ...string) directory.NewClient {
		return directory.NewClient{
			Registration: idp.Registration{
				ID: id, Name: name, Kind: idp.ClientMachine, PracticeID: practice, Scopes: scopes,
				Owner: owner, Purpose: purpose, ReviewAt: now.AddDate(1, 0, 0),
			},
		}
	}
	return []directory.NewClient{
		machine("fusesign", "FuseSign", harbour, "Olivia Finch", "Sends documents to clients to sign.", "documents.read", "documents.write"),
		machine("bgl", "BGL", harbour, "Olivia Finch", "Reads the funds that we look after.", "funds.read"),
		machine("atomate", "ATOmate", harbour, "Sara Lindqvist", "Files letters from the tax office with the right client.", "correspondence.read"),
		machine("connectworks", "Connectworks", kauri, "Aroha Ngata", "Keeps company records up to date.", "companies.read"),
		machine(adminID, "APS administration", aps, "Riley Marsh", "The management API, for the command line.", managementScopes()...),
	}
}

// managementScopes are all scopes of the management API.
func managementScopes() (scopes []string) {
	for scope := range adminapi.Scopes() {
		scopes = append(scopes, string(scope))
	}
	slices.Sort(scopes)
	return scopes
}
