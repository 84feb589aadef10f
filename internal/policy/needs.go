package policy

import (
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

const (
	// Freshness is how old proofs may be for a command that needs fresh ones. NIST SP 800-63B-4, section 5.2, leaves the time to the
	// verifier; ASVS 5.0, 7.5.1, asks for it before what is sensitive.
	Freshness = 15 * time.Minute
	// FormTime is how long proofs must still be fresh when a form is opened whose command needs fresh ones, so that no typing is
	// lost.
	FormTime = 5 * time.Minute
)

// Target is what a command is given for, as stored at the moment of the command.
type Target struct {
	User     idp.User     // OnPerson: the person; of a person who is about to join, only the practice is set. OnPractice: whom alone it concerns
	Practice idp.Practice // OnPractice, OnClient, OnCase: the practice itself, or that of the integration or the case; zero for an app
	Link     bool         // the giver holds an open link for the person
}

// Need is what one actor needs to give one command for one target.
type Need struct {
	Permission Permission // Permitted, or why the actor may not give it, whatever they prove
	Proofs     Proofs     // what the actor must have proved
}

// Needs is the one decision about commands: whether the actor may give this command for the target at all, and what they must have
// proved. What depends on the content of a command besides (which roles are granted, which fields are changed, how a case stands)
// is decided by MayGrant, the fields' own lists, and the functions on cases.
func Needs(c Command, a Actor, on Target) Need {
	d := Describe(c)
	return Need{Permission: permission(d.Givers, d.On, a, on), Proofs: ProofsOf(c, a)}
}

func permission(givers Givers, subject Subject, a Actor, on Target) Permission {
	switch givers {
	case ByManagers:
		return MayManage(a, on.User)
	case ByOwner:
		if on.User.ID != "" && on.User.ID == a.User.ID {
			return MayManageSelf(a)
		}
		return MayManage(a, on.User)
	case ByReaders:
		if on.User.ID != "" && on.User.ID == a.User.ID {
			return MayManageSelf(a)
		}
		return MayRead(a, on.Practice.ID)
	case ByPractice:
		return MayAdminister(a, on.Practice.ID)
	case ByOwnPeople:
		return mayRepresent(a, on.Practice.ID)
	case ByRegister:
		return MayKeepClient(a, on.Practice)
	case ByAPS:
		return mayServeFor(subject, a, on.Practice)
	case ByStaff:
		return mayServeIn(a, on.Practice.ID)
	case BySelf:
		return MayManageSelf(a)
	case ByLink:
		return permittedIf(on.Link)
	case ByAnyone:
		return Permitted
	case ByShell:
		return permittedIf(a.Kind == idp.ActorSystem)
	default: // no such command
		return PermissionNoAccess
	}
}

func permittedIf(yes bool) Permission {
	if yes {
		return Permitted
	}
	return PermissionNoAccess
}

// mayRepresent decides whether a speaks in the name of the practice: APS, which administers every practice, asks for nothing in
// a practice's name.
func mayRepresent(a Actor, practice idp.PracticeID) Permission {
	answer := MayAdminister(a, practice)
	if answer == Permitted && a.Practice.ID != practice {
		return PermissionNotOwn
	}
	return answer
}

// mayServeFor decides whether a acts for APS on a practice or on a client.
func mayServeFor(subject Subject, a Actor, practice idp.Practice) Permission {
	switch {
	case subject == OnClient:
		return MayManageClient(a, practice)
	case practice.ID == "": // one that is about to be created
		return everywhere(a)
	default:
		return MayManagePractice(a, practice)
	}
}

// mayServeIn decides whether a acts for APS in a support case of the practice. To people of other practices the case does not
// exist (ABUSE 32).
func mayServeIn(a Actor, practice idp.PracticeID) Permission {
	answer := everywhere(a)
	if answer != Permitted && a.Practice.ID != practice && a.Practice.Kind != idp.PracticeAPS {
		return PermissionOtherPractice
	}
	return answer
}

// Proved is what a person has proved at the sign-in of the session that a command comes from, and when.
type Proved struct {
	ACR idp.ACR
	At  time.Time
}

// Proofs is what a person must have proved to give a command. The zero value asks for nothing.
type Proofs struct {
	ACR    idp.ACR       // at least; "" is satisfied by a password
	MaxAge time.Duration // how long ago at most; 0: any time
}

// ProofsOf returns what this actor must have proved to give the command, whatever its target.
func ProofsOf(c Command, a Actor) Proofs {
	if !isPerson(a) {
		return Proofs{}
	}
	switch d := Describe(c); {
	case d.Proofs == AnySession && d.Command != "":
		return Proofs{}
	case d.Proofs == FreshBest && !a.Enrolled:
		return Proofs{MaxAge: Freshness}
	default:
		return Proofs{ACR: idp.ACRMFA, MaxAge: Freshness}
	}
}

// MetBy reports whether what was proved is enough to give the command now.
func (p Proofs) MetBy(proved Proved, now time.Time) bool { return p.metWithin(p.MaxAge, proved, now) }

// MayBegin reports whether what was proved is enough to open a form whose command asks for these proofs: it lasts for FormTime more.
func (p Proofs) MayBegin(proved Proved, now time.Time) bool {
	return p.metWithin(p.MaxAge-FormTime, proved, now)
}

func (p Proofs) metWithin(age time.Duration, proved Proved, now time.Time) bool {
	if p.MaxAge == 0 {
		return true
	}
	return proved.ACR.Satisfies(p.ACR) && now.Sub(proved.At) < age
}

// StaleProofError refuses a command whose giver may give it, and has to prove again first who they are: a page answers with
// "Confirm it's you", the API with the challenge of RFC 9470, section 3. Nothing was changed, and no event is left.
type StaleProofError struct {
	Command Command
	Proofs  Proofs // what is needed
	Proved  Proved // what there was
}

// Weak reports whether the proofs lack a second factor, however fresh they are.
func (e *StaleProofError) Weak() bool { return !e.Proved.ACR.Satisfies(e.Proofs.ACR) }

// Error implements error.
func (e *StaleProofError) Error() string {
	return "the proofs are too old, or too weak, for " + string(e.Command)
}
