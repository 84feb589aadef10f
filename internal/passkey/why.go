package passkey

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"slices"

	"github.com/go-webauthn/webauthn/protocol"

	"github.com/apscloud/apsid/internal/idp"
)

// said is the part that answers of both ceremonies have.
type said struct {
	client protocol.CollectedClientData
	flags  protocol.AuthenticatorFlags
	rpHash []byte
}

// why names what is wrong with an answer that the library refused; "" if it is none of this. It decides nothing.
func (p *Party) why(s said, ceremony protocol.CeremonyType, c Challenge) idp.Reason {
	id := sha256.Sum256([]byte(p.ID()))
	switch {
	case s.client.Type != ceremony:
		return idp.ReasonPasskeyType
	case subtle.ConstantTimeCompare([]byte(s.client.Challenge), []byte(c.Value)) != 1:
		return idp.ReasonPasskeyChallenge
	case !p.takes(s.client):
		return idp.ReasonPasskeyOrigin
	case !slices.Equal(s.rpHash, id[:]):
		return idp.ReasonPasskeyRP
	case !s.flags.UserPresent():
		return idp.ReasonPasskeyAbsent
	case c.Purpose == Alone && !s.flags.UserVerified():
		return idp.ReasonPasskeyUnverified
	case s.flags.HasBackupState() && !s.flags.HasBackupEligible():
		return idp.ReasonPasskeyFlags
	default:
		return ""
	}
}

// takes reports whether answers are taken from a page of this origin. The library compares scheme and host; browsers write an origin in
// one way only, and anything else was not written by one. A page inside of another site's is none of ours.
func (p *Party) takes(client protocol.CollectedClientData) bool {
	return slices.Contains(p.origins, client.Origin) && !client.CrossOrigin && client.TopOrigin == ""
}

// isOf reports whether the library refused something for what this error stands for.
func isOf(err error, kind *protocol.Error) bool {
	var refused *protocol.Error
	return errors.As(err, &refused) && refused.Type == kind.Type
}
