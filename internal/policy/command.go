package policy

import (
	"slices"
	"strings"

	"github.com/apscloud/apsid/internal/idp"
)

// Command names an action on a person, a practice, a client, a support case or the caller's own account. Its name is what the
// management API calls its operation, and what a page's address ends in.
type Command string

// The commands there are, by what they act on.
const (
	CommandInviteUser         Command = "invite-user"
	CommandResendInvite       Command = "resend-invite"
	CommandResendConfirmation Command = "resend-confirmation"
	CommandRevokeInvite       Command = "revoke-invite"
	CommandEditUser           Command = "edit-user"
	CommandDisableUser        Command = "disable-user"
	CommandEnableUser         Command = "enable-user"
	CommandUnlockUser         Command = "unlock-user"
	CommandSendPasswordReset  Command = "send-password-reset"
	CommandResetMFA           Command = "reset-mfa"
	CommandRemindMFA          Command = "remind-mfa"
	CommandEnrolmentCode      Command = "create-enrolment-code"
	CommandEndSession         Command = "end-session"
	CommandCreateUser         Command = "create-user"
	CommandImportUsers        Command = "import-users"
	CommandBindAuthenticator  Command = "bind-authenticator"
	CommandSetPIN             Command = "set-pin"
	CommandRecoverUser        Command = "recover-user"
	CommandRecoverEnrolment   Command = "recover-enrolment"

	CommandImportPeople       Command = "import-people"
	CommandCreatePractice     Command = "create-practice"
	CommandEditPractice       Command = "edit-practice"
	CommandSuspendPractice    Command = "suspend-practice"
	CommandResumePractice     Command = "resume-practice"
	CommandAddPracticeApp     Command = "add-practice-app"
	CommandRemovePracticeApp  Command = "remove-practice-app"
	CommandRequestActivation  Command = "request-activation"
	CommandWithdrawActivation Command = "withdraw-activation"
	CommandActivateMFA        Command = "activate-mfa"
	CommandDeclineActivation  Command = "decline-activation"
	CommandRequireMFA         Command = "require-mfa"
	CommandStopRequiringMFA   Command = "stop-requiring-mfa"
	CommandExportEvents       Command = "export-events"

	CommandRegisterClient  Command = "register-client"
	CommandEditClient      Command = "edit-client"
	CommandAddSecret       Command = "add-secret"
	CommandRemoveSecret    Command = "remove-secret"
	CommandReplaceClient   Command = "replace-client"
	CommandRegisterOwnApps Command = "register-own-apps"
	CommandMoveIssuer      Command = "move-issuer"

	CommandOpenCase     Command = "open-case"
	CommandSendCaseCode Command = "send-case-code"
	CommandRecordCheck  Command = "record-check"
	CommandSubmitCase   Command = "submit-case"
	CommandApproveCase  Command = "approve-case"
	CommandRefuseCase   Command = "refuse-case"
	CommandPerformCase  Command = "perform-case"
	CommandCloseCase    Command = "close-case"

	CommandChangePassword      Command = "change-password"
	CommandAddAuthenticator    Command = "add-authenticator"
	CommandRenameAuthenticator Command = "rename-authenticator"
	CommandRemoveAuthenticator Command = "remove-authenticator"
	CommandMakeDefault         Command = "make-default"
	CommandChangePIN           Command = "change-pin"
	CommandEndOwnSession       Command = "end-own-session"
	CommandSignOutEverywhere   Command = "sign-out-everywhere"

	CommandRequestPasswordReset Command = "request-password-reset"
	CommandRequestUnlock        Command = "request-unlock"
	CommandAcceptInvite         Command = "accept-invite"
	CommandResetByLink          Command = "reset-by-link"
	CommandUnlockByLink         Command = "unlock-by-link"
	CommandConfirmByLink        Command = "confirm-by-link"
	CommandFreezeByLink         Command = "freeze-by-link"
)

// Subject is the kind of thing that a command acts on.
type Subject string

// The subjects there are.
const (
	OnPerson   Subject = "person"
	OnPractice Subject = "practice"
	OnClient   Subject = "client"
	OnCase     Subject = "case"
	OnSelf     Subject = "self" // the caller's own account
)

// Givers says who may give a command.
type Givers string

// The groups of givers; [Needs] decides whether one actor is among them for one target.
const (
	ByManagers  Givers = "managers"   // the people who manage this person: see MayManage
	ByOwner     Givers = "owner"      // the person themselves, and those who manage them
	ByReaders   Givers = "readers"    // those who may see the practice (see MayRead), and a person of it about what concerns only them
	ByPractice  Givers = "practice"   // those who act for the practice: see MayAdminister
	ByOwnPeople Givers = "own_people" // the same, but of the practice itself: APS may not
	ByRegister  Givers = "register"   // those who keep the register of a practice's integrations: see MayKeepClient
	ByAPS       Givers = "aps"        // APS: see MayManagePractice, MayManageClient
	ByStaff     Givers = "staff"      // people of APS, in a support case: see MaySupport for what else they must be
	BySelf      Givers = "self"       // every person, about the own account
	ByLink      Givers = "link"       // a person who holds an open link from an e-mail
	ByAnyone    Givers = "anyone"     // without a sign-in
	ByShell     Givers = "shell"      // the command line on the server itself
)

// Assurance is how strongly, and how lately, a person must have proved who they are to give a command.
type Assurance string

// The assurances there are. Integrations and the server's own command line have nothing to prove with: scopes bound the former,
// and access to the server the latter.
const (
	AnySession Assurance = ""           // the sign-in as it is
	FreshMFA   Assurance = "fresh_mfa"  // MFA within [Freshness]
	FreshBest  Assurance = "fresh_best" // within [Freshness], with MFA if the person has any authenticator: the own account must not be taken with a password alone
)

// Description is everything that surfaces and package directory know of a command beforehand: the one place that says what a
// menu, a form, a confirmation, an API operation and a CLI command show and ask for.
type Description struct {
	Command Command
	Event   idp.EventType // of what it leaves in the trail
	On      Subject
	Givers  Givers
	Proofs  Assurance
	Reason  bool   // it takes a reason in the giver's words, which stays on record
	Case    bool   // people of APS give it for a person of a practice only through an approved support case
	Second  bool   // it takes a second person, who had no part in what led to it
	Danger  bool   // it takes away something that is missed at once: shown in red
	Label   string // in a menu: "Reset MFA"
	Summary string // in a list of operations: "Reset a person's MFA"
	About   string // what else happens, for those who call by program
}

// Describe returns the description of the command. For a command that does not exist it is empty, and no one may give it.
func Describe(c Command) Description {
	for _, group := range descriptions() {
		for _, d := range group {
			if d.Command == c {
				return d
			}
		}
	}
	return Description{}
}

// Commands lists every command, in the order of the descriptions.
func Commands() []Command {
	var all []Command
	for _, d := range slices.Concat(descriptions()...) {
		all = append(all, d.Command)
	}
	return all
}

func descriptions() [][]Description {
	return [][]Description{peopleCommands, practiceCommands, clientCommands, caseCommands, ownCommands, linkCommands, shellCommands}
}

// PeopleOnly reports whether only people may give the command, and no program with any scopes.
func (d Description) PeopleOnly() bool { return d.Givers == ByStaff || d.Givers == BySelf }

// Verb is the command's name without its subject, as it ends an address below that of its subject: "disable" of "disable-user".
func (c Command) Verb() string {
	verb := string(c)
	for _, subject := range []string{"-user", "-practice", "-case"} {
		verb = strings.TrimSuffix(verb, subject)
	}
	return verb
}
