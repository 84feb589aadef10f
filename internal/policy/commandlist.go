package policy

import "github.com/apscloud/apsid/internal/idp"

var peopleCommands = []Description{
	{
		Command: CommandInviteUser, Event: idp.EventUserInvited, On: OnPerson, Givers: ByManagers, Proofs: FreshMFA, Case: true,
		Label: "Invite a person", Summary: "Invite a person",
		About: "They get a link by e-mail, good for 7 days, with which they choose a password.",
	},
	{
		Command: CommandResendInvite, Event: idp.EventInviteResent, On: OnPerson, Givers: ByManagers, Case: true,
		Label: "Send the invitation again", Summary: "Send the invitation again", About: "With a new link; the old one ends.",
	},
	{
		Command: CommandRevokeInvite, Event: idp.EventInviteRevoked, On: OnPerson, Givers: ByManagers, Case: true, Danger: true,
		Label: "Take the invitation back", Summary: "Take the invitation back", About: "The person is disabled.",
	},
	{
		Command: CommandResendConfirmation, Event: idp.EventConfirmationSent, On: OnPerson, Givers: ByManagers, Case: true,
		Label: "Send the confirming email again", Summary: "Send the email again that asks to confirm a new address",
		About: "With a new link; the old one ends. Refused for an address that is confirmed, or was never changed.",
	},
	{
		Command: CommandEditUser, Event: idp.EventUserUpdated, On: OnPerson, Givers: ByManagers, Proofs: FreshMFA, Case: true,
		Label: "Edit", Summary: "Edit a person",
		About: "What is left out stays as it is. Another user name, other roles or an app less end all sessions.",
	},
	{
		Command: CommandDisableUser, Event: idp.EventUserDisabled, On: OnPerson, Givers: ByManagers, Proofs: FreshMFA, Case: true, Danger: true,
		Label: "Disable", Summary: "Disable a person", About: "They can't sign in, and all their sessions end.",
	},
	{
		Command: CommandEnableUser, Event: idp.EventUserEnabled, On: OnPerson, Givers: ByManagers, Proofs: FreshMFA, Case: true,
		Label: "Enable", Summary: "Enable a person", About: "They can sign in again. No session comes back.",
	},
	{
		Command: CommandUnlockUser, Event: idp.EventUserUnlocked, On: OnPerson, Givers: ByManagers, Case: true,
		Label: "Unlock", Summary: "Unlock a person", About: "Ends the locks of password, code and PIN.",
	},
	{
		Command: CommandSendPasswordReset, Event: idp.EventPasswordResetSent, On: OnPerson, Givers: ByManagers, Case: true,
		Label: "Send password reset", Summary: "Send a password reset", About: "A link by e-mail, with which the person chooses a new password.",
	},
	{
		Command: CommandResetMFA, Event: idp.EventMFAReset, On: OnPerson, Givers: ByManagers, Proofs: FreshMFA, Case: true, Reason: true, Danger: true,
		Label: "Reset MFA", Summary: "Reset a person's MFA",
		About: "Removes the authenticators and the recovery PIN and ends all sessions. The next sign-in asks to set MFA up where it is required. The person is told.",
	},
	{
		Command: CommandRemindMFA, Event: idp.EventMFAReminded, On: OnPerson, Givers: ByManagers, Case: true,
		Label: "Send a reminder of MFA", Summary: "Remind a person to set MFA up",
		About: "By e-mail, once a day at most. Refused for a person who has an authenticator, has not joined yet or is disabled.",
	},
	{
		Command: CommandEnrolmentCode, Event: idp.EventEnrolmentCode, On: OnPerson, Givers: ByManagers, Proofs: FreshMFA, Case: true,
		Label: "Give an enrolment code", Summary: "Give a person a code to add their first passkey with",
		About: "Where passkeys are needed. Read out in person, good once and for 10 minutes. The person is told.",
	},
	{
		Command: CommandEndSession, Event: idp.EventSessionEnded, On: OnPerson, Givers: ByOwner, Case: true,
		Label: "Sign out", Summary: "End a session", About: "The app is told. One that is over already is no change.",
	},
}

var practiceCommands = []Description{
	{
		Command: CommandCreatePractice, Event: idp.EventPracticeCreated, On: OnPractice, Givers: ByAPS,
		Label: "Create a practice", Summary: "Create a practice",
		About: "A customer's, with MFA off. APS only. Apps bring what they need: Contacts+ brings User Management+.",
	},
	{
		Command: CommandEditPractice, Event: idp.EventPracticeUpdated, On: OnPractice, Givers: ByPractice, Proofs: FreshMFA,
		Label: "Edit", Summary: "Edit a practice",
		About: "What is left out stays as it is. The region and the telephone number are APS's to change.",
	},
	{
		Command: CommandSuspendPractice, Event: idp.EventPracticeSuspended, On: OnPractice, Givers: ByAPS, Proofs: FreshMFA, Danger: true,
		Label: "Suspend", Summary: "Suspend a practice", About: "Nobody of it can sign in, and all their sessions end. APS only.",
	},
	{
		Command: CommandResumePractice, Event: idp.EventPracticeResumed, On: OnPractice, Givers: ByAPS, Proofs: FreshMFA,
		Label: "Resume", Summary: "Resume a practice", About: "Its people can sign in again. No session comes back. APS only.",
	},
	{
		Command: CommandAddPracticeApp, Event: idp.EventPracticeAppAdded, On: OnPractice, Givers: ByAPS, Proofs: FreshMFA,
		Label: "Add", Summary: "Give a practice an app", About: "And what the app brings. One that it has is no change. APS only.",
	},
	{
		Command: CommandRemovePracticeApp, Event: idp.EventPracticeAppRemoved, On: OnPractice, Givers: ByAPS, Proofs: FreshMFA, Danger: true,
		Label: "Remove", Summary: "Take an app from a practice", About: "Its people's sessions there end. One that it has not is no change. APS only.",
	},
	{
		Command: CommandRequestActivation, Event: idp.EventMFARequested, On: OnPractice, Givers: ByOwnPeople,
		Label: "Ask for MFA", Summary: "Ask for MFA", About: "APS checks the prerequisites, and activates it or answers.",
	},
	{
		Command: CommandWithdrawActivation, Event: idp.EventMFAWithdrawn, On: OnPractice, Givers: ByOwnPeople,
		Label: "Withdraw the request", Summary: "Withdraw the request for MFA",
	},
	{
		Command: CommandImportPeople, Event: idp.EventUserCreated, On: OnPractice, Givers: ByOwnPeople, Proofs: FreshMFA,
		Label: "Import people", Summary: "Bring people in from a sheet", About: "Without passwords. They are not invited yet.",
	},
	{
		Command: CommandActivateMFA, Event: idp.EventMFAActivated, On: OnPractice, Givers: ByAPS, Proofs: FreshMFA,
		Label: "Activate MFA", Summary: "Activate MFA",
		About: "At once: the next sign-in to any app asks for it. Refused while a prerequisite is missing. APS only.",
	},
	{
		Command: CommandDeclineActivation, Event: idp.EventMFADeclined, On: OnPractice, Givers: ByAPS, Proofs: FreshMFA, Reason: true,
		Label: "Decline", Summary: "Decline a request for MFA", About: "With an answer to the practice. APS only.",
	},
	{
		Command: CommandRequireMFA, Event: idp.EventPracticeMandatory, On: OnPractice, Givers: ByAPS, Proofs: FreshMFA,
		Label: "Make MFA mandatory", Summary: "Make MFA mandatory",
		About: "At every app, from a time on, whatever the practice chose. APS only.",
	},
	{
		Command: CommandStopRequiringMFA, Event: idp.EventPracticeMandatory, On: OnPractice, Givers: ByAPS, Proofs: FreshMFA,
		Label: "Leave MFA to the practice", Summary: "Leave MFA to the practice again", About: "APS only.",
	},
	{
		Command: CommandExportEvents, Event: idp.EventEventsExported, On: OnPractice, Givers: ByReaders,
		Label: "Download", Summary: "Export a practice's activity",
	},
}

var clientCommands = []Description{
	{
		Command: CommandRegisterClient, Event: idp.EventClientRegistered, On: OnClient, Givers: ByAPS, Proofs: FreshMFA,
		Label: "Register", Summary: "Register an app or an integration",
		About: "An integration needs an owner, a purpose and a review date, for it is exempt from MFA. APS only.",
	},
	{
		Command: CommandEditClient, Event: idp.EventClientUpdated, On: OnClient, Givers: ByRegister, Proofs: FreshMFA,
		Label: "Edit", Summary: "Edit an app or an integration",
		About: "What is left out stays as it is; a date that is null is taken away. People of a practice change owner, purpose and review date of its integrations, and whether they are disabled; APS changes all of it.",
	},
	{
		Command: CommandAddSecret, Event: idp.EventClientSecretAdded, On: OnClient, Givers: ByAPS, Proofs: FreshMFA,
		Label: "Add a secret", Summary: "Add a secret",
		About: "A client has at most two that are live, so that one can be replaced without a pause. APS only.",
	},
	{
		Command: CommandRemoveSecret, Event: idp.EventClientSecretRemoved, On: OnClient, Givers: ByAPS, Proofs: FreshMFA, Danger: true,
		Label: "Remove the secret", Summary: "Remove a secret",
		About: "It ends at once. The last one stays: disable the client instead. APS only.",
	},
}

var caseCommands = []Description{
	{
		Command: CommandOpenCase, Event: idp.EventCaseOpened, On: OnCase, Givers: ByStaff, Proofs: FreshMFA, Reason: true,
		Label: "Open a case", Summary: "Open a support case", About: "The practice's administrators and the person are told. APS staff only.",
	},
	{
		Command: CommandSendCaseCode, Event: idp.EventCaseCodeSent, On: OnCase, Givers: ByStaff,
		Label: "Send the code", Summary: "Mail a code to be read out", About: "To an administrator of the practice, or to the person.",
	},
	{
		Command: CommandRecordCheck, Event: idp.EventCaseChecked, On: OnCase, Givers: ByStaff,
		Label: "Record", Summary: "Record a check", About: "How it went and how it was made; personal data are never enough alone.",
	},
	{
		Command: CommandSubmitCase, Event: idp.EventCaseSubmitted, On: OnCase, Givers: ByStaff,
		Label: "Submit", Summary: "Hand a case to a second member of staff",
	},
	{
		Command: CommandApproveCase, Event: idp.EventCaseApproved, On: OnCase, Givers: ByStaff, Proofs: FreshMFA, Second: true,
		Label: "Approve", Summary: "Approve a case", About: "By a member of staff who had no part in it.",
	},
	{
		Command: CommandRefuseCase, Event: idp.EventCaseRefused, On: OnCase, Givers: ByStaff, Proofs: FreshMFA, Second: true, Reason: true,
		Label: "Refuse", Summary: "Refuse a case", About: "By a member of staff who had no part in it.",
	},
	{
		Command: CommandPerformCase, Event: idp.EventCaseDone, On: OnCase, Givers: ByStaff, Proofs: FreshMFA,
		Label: "Carry it out", Summary: "Carry out the action of an approved case", About: "Within its time. Everybody concerned is told.",
	},
	{
		Command: CommandCloseCase, Event: idp.EventCaseClosed, On: OnCase, Givers: ByStaff, Reason: true,
		Label: "Close the case", Summary: "Give a case up",
	},
}

var ownCommands = []Description{
	{
		Command: CommandChangePassword, Event: idp.EventPasswordChanged, On: OnSelf, Givers: BySelf, Proofs: FreshBest,
		Label: "Change your password", Summary: "Change the own password",
	},
	{
		Command: CommandAddAuthenticator, Event: idp.EventAuthenticatorAdded, On: OnSelf, Givers: BySelf, Proofs: FreshBest,
		Label: "Add a way to sign in", Summary: "Add an authenticator to the own account",
	},
	{
		Command: CommandRenameAuthenticator, Event: idp.EventAuthenticatorRenamed, On: OnSelf, Givers: BySelf, Proofs: FreshBest,
		Label: "Change the name", Summary: "Rename an authenticator of the own account",
	},
	{
		Command: CommandRemoveAuthenticator, Event: idp.EventAuthenticatorRemoved, On: OnSelf, Givers: BySelf, Proofs: FreshBest, Danger: true,
		Label: "Remove", Summary: "Remove an authenticator of the own account",
	},
	{
		Command: CommandMakeDefault, Event: idp.EventDefaultChanged, On: OnSelf, Givers: BySelf, Proofs: FreshBest,
		Label: "Make default", Summary: "Choose the authenticator of the own account that sign-ins ask for first",
	},
	{
		Command: CommandChangePIN, Event: idp.EventPINChanged, On: OnSelf, Givers: BySelf, Proofs: FreshBest,
		Label: "Change your recovery PIN", Summary: "Change the own recovery PIN",
	},
	{
		Command: CommandEndOwnSession, Event: idp.EventSessionEnded, On: OnSelf, Givers: BySelf, Proofs: FreshBest,
		Label: "Sign out", Summary: "End one of the own sessions",
	},
	{
		Command: CommandSignOutEverywhere, Event: idp.EventSessionEnded, On: OnSelf, Givers: BySelf, Proofs: FreshBest, Danger: true,
		Label: "Sign out everywhere", Summary: "End all own sessions",
	},
}

var linkCommands = []Description{
	{
		Command: CommandRequestPasswordReset, Event: idp.EventPasswordResetSent, On: OnPerson, Givers: ByAnyone,
		Label: "Send the email", Summary: "Ask for a link to choose a new password",
	},
	{
		Command: CommandRequestUnlock, Event: idp.EventUnlockSent, On: OnPerson, Givers: ByAnyone,
		Label: "Send the email", Summary: "Ask for a link that ends the lock of the password",
	},
	{
		Command: CommandAcceptInvite, Event: idp.EventInviteAccepted, On: OnPerson, Givers: ByLink,
		Label: "Join", Summary: "Accept an invitation",
	},
	{
		Command: CommandResetByLink, Event: idp.EventPasswordReset, On: OnPerson, Givers: ByLink,
		Label: "Choose a new password", Summary: "Choose a new password by a link",
	},
	{
		Command: CommandUnlockByLink, Event: idp.EventUserUnlocked, On: OnPerson, Givers: ByLink,
		Label: "Unlock", Summary: "End the lock of the password by a link",
	},
	{
		Command: CommandConfirmByLink, Event: idp.EventAddressConfirmed, On: OnPerson, Givers: ByLink,
		Label: "Confirm", Summary: "Confirm a new address by a link",
	},
	{
		Command: CommandFreezeByLink, Event: idp.EventUserFrozen, On: OnPerson, Givers: ByLink, Danger: true,
		Label: "This wasn’t me", Summary: "Freeze the own account by a link",
	},
}

var shellCommands = []Description{
	{
		Command: CommandCreateUser, Event: idp.EventUserCreated, On: OnPerson, Givers: ByManagers, Proofs: FreshMFA, Case: true,
		Summary: "Bring a person in, with a password that was chosen elsewhere",
	},
	{
		Command: CommandImportUsers, Event: idp.EventUserCreated, On: OnPerson, Givers: ByShell,
		Summary: "Bring people in from a file",
	},
	{
		Command: CommandBindAuthenticator, Event: idp.EventAuthenticatorBound, On: OnPerson, Givers: ByShell,
		Summary: "Bind an authenticator that was set up elsewhere",
	},
	{
		Command: CommandSetPIN, Event: idp.EventPINCreated, On: OnPerson, Givers: ByShell,
		Summary: "Set a person's recovery PIN",
	},
	{
		Command: CommandRecoverUser, Event: idp.EventUserRecovered, On: OnPerson, Givers: ByShell, Reason: true,
		Summary: "Let the last administrator in again",
	},
	{
		Command: CommandRecoverEnrolment, Event: idp.EventEnrolmentCode, On: OnPerson, Givers: ByShell,
		Summary: "Give the last administrator the code that adds a first passkey",
	},
	{
		Command: CommandReplaceClient, Event: idp.EventClientUpdated, On: OnClient, Givers: ByShell,
		Summary: "Replace a registration by that of a file",
	},
	{
		Command: CommandRegisterOwnApps, Event: idp.EventClientRegistered, On: OnClient, Givers: ByShell,
		Summary: "Bring the provider's own apps in line with the issuer",
	},
	{
		Command: CommandMoveIssuer, Event: idp.EventIssuerMoved, On: OnClient, Givers: ByShell,
		Summary: "Let the installation, and its own apps, have another issuer",
	},
}
